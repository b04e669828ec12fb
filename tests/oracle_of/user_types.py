"""Facts of statements about types and domains."""

import re
from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import (
    AddAttribute,
    AddDomainCheck,
    AddEnumValue,
    Change,
    ChangeAttribute,
    CreateDomain,
    CreateType,
    DropAttribute,
    DropDomainConstraint,
    DropType,
    RenameAttribute,
    RenameDomainConstraint,
    RenameEnumValue,
    RenameType,
    SetDomainDefault,
    SetDomainNotNull,
    ValidateDomainConstraint,
)
from schemaguard.schema import CompositeState, EnumState, OtherType, TypeState

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_O = enums.ObjectType
_C = enums.ConstrType
_T = enums.AlterTableType
_UNMODELLED: Fact = ("unmodelled",)
_CASCADE = enums.DropBehavior.DROP_CASCADE


def said(change: Change) -> Fact | None:
    name = type(change).__name__
    match change:
        case CreateType(type_, state):
            return (name, type_.text, *_state_said(state))
        case CreateDomain(domain, state):
            checks = [check.name for check in state.checks]
            return (name, domain.text, str(state.base), state.not_null, state.default is not None, checks)
        case DropType(type_, if_exists, cascade, domain):
            return (name, type_.text, if_exists, cascade, domain)
        case RenameType(type_, new, domain):
            return (name, type_.text, new.text, domain)
        case AddEnumValue():
            neighbor = (change.neighbor, change.before)
            return (name, change.type.text, change.value, change.if_not_exists, *neighbor)
        case RenameEnumValue(type_, value, new):
            return (name, type_.text, value, new)
        case AddAttribute() | ChangeAttribute():
            # libpg_query folds modifiers that are words.
            kind = re.sub(r"\([^)]*\)", lambda found: found[0].lower(), str(change.of))
            return (name, change.type.text, change.attribute, kind, change.cascade)
        case DropAttribute():
            return (name, change.type.text, change.attribute, change.if_exists, change.cascade)
        case RenameAttribute():
            return (name, change.type.text, change.attribute, change.new, change.cascade)
        case AddDomainCheck(domain, check):
            return (name, domain.text, check.name, check.valid)
        case DropDomainConstraint():
            return (name, change.domain.text, change.name, change.if_exists)
        case RenameDomainConstraint(domain, constraint, new):
            return (name, domain.text, constraint, new)
        case ValidateDomainConstraint(domain, constraint):
            return (name, domain.text, constraint)
        case SetDomainNotNull():
            return (name, change.domain.text, change.not_null, change.name, change.as_constraint)
        case SetDomainDefault(domain, default):
            return (name, domain.text, default is not None)
        case _:
            return None


def _state_said(state: TypeState) -> Fact:
    match state:
        case EnumState(values=values):
            return ("enum", values)
        case CompositeState(attributes=attributes):
            return ("composite", tuple((name, str(kind)) for name, kind in attributes))
        case OtherType(kind=kind, over=over):
            return (kind, str(over) if over is not None else None)
        case _:
            raise AssertionError(f"a domain has a statement of its own: {state}")


def truth(node: Any) -> list[Fact] | None:
    match node:
        case ast.CreateEnumStmt():
            return [("CreateType", _path(node.typeName), "enum", tuple(v.sval for v in node.vals or ()))]
        case ast.CompositeTypeStmt():
            attributes = tuple((a.colname, _type(a.typeName)) for a in node.coldeflist or ())
            return [("CreateType", _range(node.typevar), "composite", attributes)]
        case ast.CreateRangeStmt():
            return _range_type(node)
        case ast.DefineStmt(kind=_O.OBJECT_TYPE):
            kind = "base" if node.definition is not None else "shell"
            return [("CreateType", _path(node.defnames), kind, None)]
        case ast.CreateDomainStmt():
            return [_domain(node)]
        case ast.DropStmt() if node.removeType in (_O.OBJECT_TYPE, _O.OBJECT_DOMAIN):
            domain = node.removeType == _O.OBJECT_DOMAIN
            cascade = node.behavior == _CASCADE
            return [
                _UNMODELLED
                if _plain(one) == "?"
                else ("DropType", _plain(one), node.missing_ok, cascade, domain)
                for one in node.objects
            ]
        case ast.AlterEnumStmt():
            return [_enum(node)]
        case ast.AlterDomainStmt():
            return [_alter_domain(node)]
        case ast.AlterTableStmt(objtype=_O.OBJECT_TYPE):
            return [_attribute(node, command) for command in node.cmds]
        case ast.RenameStmt():
            return _rename(node)
        case ast.AlterObjectSchemaStmt() if node.objectType in (_O.OBJECT_TYPE, _O.OBJECT_DOMAIN):
            old = _path(node.object)
            new = f"{node.newschema}.{node.object[-1].sval}"
            return [("RenameType", old, new, node.objectType == _O.OBJECT_DOMAIN)]
        case ast.AlterOwnerStmt() if node.objectType in (_O.OBJECT_TYPE, _O.OBJECT_DOMAIN):
            kind = "domain" if node.objectType == _O.OBJECT_DOMAIN else "type"
            return [("AlterThing", (kind, _path(node.object), ""), "owner to")]
        case ast.AlterTypeStmt():
            return [("AlterThing", ("type", _path(node.typeName), ""), "options")]
        case _:
            return None


def _path(names: Any) -> str:
    strings = [name.sval for name in names]
    return "?" if len(strings) > 2 else ".".join(["public", *strings][-2:])


def _range(relation: Any) -> str:
    return "?" if relation.catalogname else f"{relation.schemaname or 'public'}.{relation.relname}"


def _type(node: Any) -> str:
    from tests.oracle_facts import type_of

    return type_of(node)


def _plain(node: Any) -> str:
    """The name of a type that is a user's; "?" where it is more than a name, or the system's."""
    from schemaguard.column_types import is_internal

    names = [name.sval for name in node.names]
    if node.arrayBounds or node.typmods or node.setof or node.pct_type or len(names) > 2:
        return "?"
    if len(names) == 1 and is_internal(names[0]):
        return "?"
    return ".".join(["public", *names][-2:])


def _range_type(node: Any) -> list[Fact]:
    from schemaguard.column_types import user_type

    name = _path(node.typeName)
    if name == "?":
        return [_UNMODELLED]
    schema, plain = name.split(".", 1)
    # Of options of one name the last counts; the server refuses two.
    options = {option.defname: option.arg for option in node.params or ()}
    subtype = options.get("subtype")
    if not isinstance(subtype, ast.TypeName):
        return [_UNMODELLED]
    before, found, after = plain.partition("range")
    sets = f"{before}multirange{after}" if found else f"{plain}_multirange"
    multi = f"{schema}.{sets}"
    if "multirange_type_name" in options:
        given = options["multirange_type_name"]
        multi = _plain(given) if isinstance(given, ast.TypeName) else "?"
    over = _type(subtype)
    if multi == "?" or "?" in over:
        return [_UNMODELLED]
    return [
        ("CreateType", name, "range", over.split("(")[0] if "(" in over else over),
        ("CreateType", multi, "multirange", user_type(schema, plain)),
    ]


def _domain(node: Any) -> Fact:
    not_null, default, checks = False, False, []
    for clause in node.constraints or ():
        match clause.contype:
            case _C.CONSTR_NOTNULL:
                not_null = True
            case _C.CONSTR_NULL:
                pass
            case _C.CONSTR_DEFAULT:
                default = True
            case _C.CONSTR_CHECK if not clause.is_no_inherit:
                checks.append(clause.conname or "")
            case _:
                return _UNMODELLED
    return ("CreateDomain", _path(node.domainname), _type(node.typeName), not_null, default, checks)


def _enum(node: Any) -> Fact:
    name = _path(node.typeName)
    if node.oldVal is not None and node.newVal is not None:
        return ("RenameEnumValue", name, node.oldVal, node.newVal)
    if node.newVal is None:
        return _UNMODELLED
    neighbor = node.newValNeighbor
    before = neighbor is not None and not node.newValIsAfter
    return ("AddEnumValue", name, node.newVal, node.skipIfNewValExists, neighbor, before)


def _alter_domain(node: Any) -> Fact:
    name = _path(node.typeName)
    # libpq's own letters: pglast gives the code of the letter.
    match chr(node.subtype) if isinstance(node.subtype, int) else node.subtype:
        case "T":
            return ("SetDomainDefault", name, node.def_ is not None)
        case "N":
            return ("SetDomainNotNull", name, False, "", False)
        case "O":
            return ("SetDomainNotNull", name, True, "", False)
        case "C" if node.def_.contype == _C.CONSTR_NOTNULL:
            if node.def_.skip_validation or node.def_.is_no_inherit or node.def_.deferrable:
                return _UNMODELLED
            return ("SetDomainNotNull", name, True, node.def_.conname or "", True)
        case "C":
            check = node.def_
            if check.is_no_inherit or check.deferrable or check.initdeferred or not check.is_enforced:
                return _UNMODELLED
            return ("AddDomainCheck", name, check.conname or "", not check.skip_validation)
        case "X":
            return ("DropDomainConstraint", name, node.name, node.missing_ok)
        case "V":
            return ("ValidateDomainConstraint", name, node.name)
        case _:
            return _UNMODELLED


def _attribute(node: Any, command: Any) -> Fact:
    name = _range(node.relation)
    cascade = command.behavior == _CASCADE
    match command.subtype:
        case _T.AT_AddColumn:
            return ("AddAttribute", name, command.def_.colname, _type(command.def_.typeName), cascade)
        case _T.AT_DropColumn:
            return ("DropAttribute", name, command.name, command.missing_ok, cascade)
        case _T.AT_AlterColumnType:
            return ("ChangeAttribute", name, command.name, _type(command.def_.typeName), cascade)
        case _:
            return _UNMODELLED


def _rename(node: Any) -> list[Fact] | None:
    if node.renameType in (_O.OBJECT_TYPE, _O.OBJECT_DOMAIN):
        old = _path(node.object)
        new = f"{old.split('.', 1)[0]}.{node.newname}"
        return [("RenameType", old, new, node.renameType == _O.OBJECT_DOMAIN)]
    if node.renameType == _O.OBJECT_ATTRIBUTE and node.relationType == _O.OBJECT_TYPE:
        cascade = node.behavior == _CASCADE
        return [("RenameAttribute", _range(node.relation), node.subname, node.newname, cascade)]
    if node.renameType == _O.OBJECT_DOMCONSTRAINT:
        return [("RenameDomainConstraint", _path(node.object), node.subname, node.newname)]
    return None
