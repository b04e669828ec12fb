"""Facts of statements about things: collations, conversions, text search, operators, casts."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import AlterThing, Change, CreateThing, DropThing, RenameThing
from schemaguard.schema import Thing

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_O = enums.ObjectType
_UNMODELLED: Fact = ("unmodelled",)

_KINDS = {
    _O.OBJECT_COLLATION: "collation",
    _O.OBJECT_CONVERSION: "conversion",
    _O.OBJECT_TSCONFIGURATION: "text search configuration",
    _O.OBJECT_TSDICTIONARY: "text search dictionary",
    _O.OBJECT_TSPARSER: "text search parser",
    _O.OBJECT_TSTEMPLATE: "text search template",
}


def said(change: Change) -> Fact | None:
    match change:
        case CreateThing():
            flags = (change.replace, change.if_not_exists)
            return ("CreateThing", _thing(change.thing), *flags)
        case DropThing():
            return ("DropThing", _thing(change.thing), change.if_exists, change.cascade)
        case RenameThing():
            return ("RenameThing", _thing(change.thing), _thing(change.new))
        case AlterThing():
            return ("AlterThing", _thing(change.thing), change.action)
        case _:
            return None


def _thing(thing: Thing) -> tuple[str, str, str]:
    return (thing.kind, thing.name, thing.table.text if thing.table else "")


def truth(node: Any) -> list[Fact] | None:
    match node:
        case ast.DefineStmt() if node.kind in _KINDS:
            return [("CreateThing", _named(node.kind, node.defnames), node.replace, node.if_not_exists)]
        case ast.CreateConversionStmt():
            # Of the function it is looked for by name, in a schema or none.
            if len(node.func_name) > 2:
                return [_UNMODELLED]
            return [("CreateThing", _named(_O.OBJECT_CONVERSION, node.conversion_name), False, False)]
        case ast.DropStmt() if node.removeType in _KINDS:
            cascade = node.behavior == enums.DropBehavior.DROP_CASCADE
            return [
                ("DropThing", _named(node.removeType, one), node.missing_ok, cascade) for one in node.objects
            ]
        case ast.RenameStmt() if node.renameType in _KINDS:
            old = _named(node.renameType, node.object)
            new = (*node.object[:-1], ast.String(node.newname))
            return [("RenameThing", old, _named(node.renameType, new))]
        case ast.AlterObjectSchemaStmt() if node.objectType in _KINDS:
            old = _named(node.objectType, node.object)
            new = (ast.String(node.newschema), node.object[-1])
            return [("RenameThing", old, _named(node.objectType, new))]
        case ast.AlterOwnerStmt() if node.objectType in _KINDS:
            return [("AlterThing", _named(node.objectType, node.object), "owner to")]
        case ast.AlterCollationStmt():
            return [("AlterThing", _named(_O.OBJECT_COLLATION, node.collname), "refresh version")]
        case ast.AlterTSDictionaryStmt():
            return [("AlterThing", _named(_O.OBJECT_TSDICTIONARY, node.dictname), "options")]
        case ast.AlterTSConfigurationStmt():
            return [_mapping(node)]
        case _:
            return None


def _named(kind: Any, names: Any) -> tuple[str, str, str]:
    strings = [name.sval for name in names]
    if len(strings) > 2:
        return (_KINDS[kind], "?", "?")
    return (_KINDS[kind], ".".join(["public", *strings][-2:]), "")


def _mapping(node: Any) -> Fact:
    kind = enums.AlterTSConfigType
    action = {
        kind.ALTER_TSCONFIG_ADD_MAPPING: "add mapping",
        kind.ALTER_TSCONFIG_DROP_MAPPING: "drop mapping",
    }.get(node.kind, "alter mapping")
    return ("AlterThing", _named(_O.OBJECT_TSCONFIGURATION, node.cfgname), action)
