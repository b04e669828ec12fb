"""Facts of statements about operators, their classes and families, casts, aggregates and transforms."""

from typing import Any

import pglast.ast
from pglast import enums

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_O = enums.ObjectType
_UNMODELLED: Fact = ("unmodelled",)
_M = enums.FunctionParameterMode

_KINDS = {
    _O.OBJECT_OPERATOR: "operator",
    _O.OBJECT_OPCLASS: "operator class",
    _O.OBJECT_OPFAMILY: "operator family",
    _O.OBJECT_AGGREGATE: "aggregate",
    _O.OBJECT_CAST: "cast",
    _O.OBJECT_TRANSFORM: "transform",
    _O.OBJECT_ACCESS_METHOD: "access method",
    _O.OBJECT_LANGUAGE: "language",
}
#: The kind, schema or None, name, and what follows the name.
_Named = tuple[str, str | None, str, str]


def truth(node: Any) -> list[Fact] | None:
    match node:
        case ast.DefineStmt() if node.kind in (_O.OBJECT_OPERATOR, _O.OBJECT_AGGREGATE):
            return [("CreateThing", _thing(_defined(node)), node.replace, node.if_not_exists)]
        case ast.CreateOpClassStmt():
            name = _of_method("operator class", node.opclassname, node.amname)
            family = ("CreateThing", _thing(("operator family", *name[1:])), False, True)
            made = ("CreateThing", _thing(name), False, False)
            return [made] if node.opfamilyname else [family, made]
        case ast.CreateOpFamilyStmt():
            named = _of_method("operator family", node.opfamilyname, node.amname)
            return [("CreateThing", _thing(named), False, False)]
        case ast.AlterOpFamilyStmt():
            named = _of_method("operator family", node.opfamilyname, node.amname)
            return [("AlterThing", _thing(named), "drop" if node.isDrop else "add")]
        case ast.AlterOperatorStmt():
            return [("AlterThing", _thing(_object(_O.OBJECT_OPERATOR, node.opername)), "options")]
        case ast.CreateCastStmt():
            named = _object(_O.OBJECT_CAST, (node.sourcetype, node.targettype))
            return [("CreateThing", _thing(named), False, False)]
        case ast.CreateTransformStmt():
            named = _object(_O.OBJECT_TRANSFORM, (node.type_name, ast.String(node.lang)))
            return [("CreateThing", _thing(named), node.replace, False)]
        case ast.CreateAmStmt():
            return [("CreateThing", ("access method", node.amname, ""), False, False)]
        case ast.CreatePLangStmt():
            return [("CreateThing", ("language", node.plname, ""), node.replace, False)]
        case ast.DropStmt() if node.removeType in _KINDS:
            flags = (node.missing_ok, node.behavior == enums.DropBehavior.DROP_CASCADE)
            return [("DropThing", _thing(_object(node.removeType, one)), *flags) for one in node.objects]
        case ast.RenameStmt() if node.renameType in _KINDS:
            old = _object(node.renameType, node.object)
            kind, schema, _, tail = old
            return [("RenameThing", _thing(old), _thing((kind, schema, node.newname, tail)))]
        case ast.AlterObjectSchemaStmt() if node.objectType in _KINDS:
            old = _object(node.objectType, node.object)
            kind, _, plain, tail = old
            return [("RenameThing", _thing(old), _thing((kind, node.newschema, plain, tail)))]
        case ast.AlterOwnerStmt() if node.objectType in _KINDS:
            return [("AlterThing", _thing(_object(node.objectType, node.object)), "owner to")]
        case _:
            return None


def _thing(named: _Named) -> tuple[str, str, str]:
    kind, schema, name, tail = named
    if "?" in tail or schema == "?":
        return (kind, "?", "?")
    return (kind, (f"{schema}." if schema is not None else "") + name + tail, "")


def _type(node: Any) -> str:
    from schemaguard.column_types import Type, spelled
    from schemaguard.sql.cursor import over
    from schemaguard.sql.lexer import tokens
    from schemaguard.sql.type_names import type_name
    from tests.oracle_facts import type_of

    found: str = type_of(node)
    if "?" in found:
        return "?"
    if found.startswith('"'):
        return found
    kind: Type = type_name(over(found, tokens(found)))
    return spelled(kind)


def _path(names: Any) -> tuple[str, str]:
    strings = [name.sval for name in names]
    if len(strings) > 2:
        return "?", "?"
    return ("public" if len(strings) == 1 else strings[0], strings[-1])


def _of_method(kind: str, names: Any, method: str) -> _Named:
    return (kind, *_path(names), f" USING {method}")


def _types(nodes: Any) -> str:
    return f"({', '.join('NONE' if node is None else _type(node) for node in nodes or ())})"


def _object(kind: Any, node: Any) -> _Named:
    name = _KINDS[kind]
    match kind:
        case _O.OBJECT_OPERATOR | _O.OBJECT_AGGREGATE:
            return (name, *_path(node.objname), _types(node.objargs))
        case _O.OBJECT_OPCLASS | _O.OBJECT_OPFAMILY:
            return _of_method(name, node[1:], node[0].sval)
        case _O.OBJECT_CAST:
            return (name, None, f"{_type(node[0])} AS {_type(node[1])}", "")
        case _O.OBJECT_TRANSFORM:
            return (name, None, f"FOR {_type(node[0])} LANGUAGE {node[1].sval}", "")
        case _:
            return (name, None, node.sval, "")


def _defined(node: Any) -> _Named:
    options = {option.defname: option.arg for option in node.definition or ()}
    if node.kind == _O.OBJECT_OPERATOR:
        sides = [options.get(side) for side in ("leftarg", "rightarg")]
        if all(side is None for side in sides) or any(
            side is not None and not isinstance(side, ast.TypeName) for side in sides
        ):
            return ("operator", "?", "?", "")
        return ("operator", *_path(node.defnames), _types(sides))
    if node.oldstyle:
        base = options.get("basetype")
        if isinstance(base, ast.String) and base.sval.upper() == "ANY":
            return ("aggregate", *_path(node.defnames), "()")
        if not isinstance(base, ast.TypeName):
            return ("aggregate", "?", "?", "")
        return ("aggregate", *_path(node.defnames), f"({_type(base)})")
    parameters = node.args[0] or ()
    return ("aggregate", *_path(node.defnames), _types([one.argType for one in parameters]))
