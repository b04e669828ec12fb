"""Schemas, publications, statistics, extensions and foreign servers, as PostgreSQL's parser sees them."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import (
    ChangeStatistics,
    CreateExtension,
    CreateSchema,
    CreateStatistics,
    DropExtension,
    DropSchema,
    ImportForeignSchema,
    PublishTables,
    RenameSchema,
)
from schemaguard.changes.base import Change
from schemaguard.changes.publish_tables import Published, Publishing

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_O = enums.ObjectType
_UNMODELLED: Fact = ("unmodelled",)

_THINGS = {
    _O.OBJECT_PUBLICATION: "publication",
    _O.OBJECT_SUBSCRIPTION: "subscription",
    _O.OBJECT_FDW: "foreign data wrapper",
    _O.OBJECT_FOREIGN_SERVER: "server",
}


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    name = type(change).__name__
    match change:
        case CreateSchema():
            return (name, change.name, change.if_not_exists)
        case DropSchema() | DropExtension():
            return (name, change.name, change.if_exists, change.cascade)
        case CreateExtension():
            return (name, change.name, change.if_not_exists, change.cascade)
        case RenameSchema():
            return (name, change.name, change.new_name)
        case PublishTables():
            tables = [_published(one) for one in change.tables]
            flags = (change.all_tables, change.changes_rows)
            return (name, change.verb.value, change.name, tables, change.schemas, *flags)
        case CreateStatistics():
            called = change.name.text if change.name else None
            return (name, called, change.table.text, change.columns, change.if_not_exists)
        case ChangeStatistics():
            new = change.new.text if change.new else None
            return (name, change.name.text, change.action, new, change.if_exists)
        case ImportForeignSchema():
            return (name, change.remote, change.server, change.into)
        case _:
            return None


def _published(one: Published) -> Fact:
    return (one.table.text, one.only, one.columns, one.filtered)


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement."""
    for ask in (_schema, _replication, _statistics, _extension, _foreign, _thing):
        found: list[Fact] | None = ask(node)
        if found is not None:
            return found
    return None


def _schema(node: Any) -> list[Fact] | None:
    match node:
        case ast.CreateSchemaStmt():
            name = node.schemaname or (node.authrole.rolename if node.authrole else None)
            if name is None:
                return [_UNMODELLED]
            facts: list[Fact] = [("CreateSchema", name, node.if_not_exists)]
            return [*facts, *(fact for element in node.schemaElts or () for fact in _element(element, name))]
        case ast.RenameStmt() if node.renameType == _O.OBJECT_SCHEMA:
            return [("RenameSchema", node.subname, node.newname)]
        case ast.AlterOwnerStmt() if node.objectType == _O.OBJECT_SCHEMA:
            return [_altered("schema", node.object.sval, "owner to")]
        case ast.DropStmt() if node.removeType == _O.OBJECT_SCHEMA:
            return [("DropSchema", one.sval, node.missing_ok, _cascades(node)) for one in node.objects]
        case _:
            return None


def _element(node: Any, schema: str) -> list[Fact]:
    from tests.oracle_facts import truth as facts_of

    if isinstance(node, ast.CreateTrigStmt) and len(node.funcname) == 1:
        return [_UNMODELLED]
    for part in _parts(node):
        if isinstance(part, ast.RangeVar) and not part.schemaname and not part.catalogname:
            part.schemaname = schema
    found: list[Fact] = facts_of(node)
    return found


def _parts(node: Any) -> Any:
    if isinstance(node, tuple | list):
        for part in node:
            yield from _parts(part)
    elif isinstance(node, ast.Node):
        yield node
        for slot in node:
            yield from _parts(getattr(node, slot))


# Publications and subscriptions


def _replication(node: Any) -> list[Fact] | None:
    match node:
        case ast.CreatePublicationStmt():
            return [_publication("create", node.pubname, node.pubobjects, node)]
        case ast.AlterPublicationStmt() if node.pubobjects:
            verbs = {
                enums.AlterPublicationAction.AP_AddObjects: "add",
                enums.AlterPublicationAction.AP_DropObjects: "drop",
                enums.AlterPublicationAction.AP_SetObjects: "set",
            }
            return [_publication(verbs[node.action], node.pubname, node.pubobjects, node)]
        case ast.AlterPublicationStmt():
            return [_altered("publication", node.pubname, "options")]
        case ast.CreateSubscriptionStmt():
            return [("CreateThing", ("subscription", node.subname, ""), False, False)]
        case ast.AlterSubscriptionStmt():
            kind = enums.AlterSubscriptionType
            actions = {
                kind.ALTER_SUBSCRIPTION_OPTIONS: "options",
                kind.ALTER_SUBSCRIPTION_CONNECTION: "connection",
                kind.ALTER_SUBSCRIPTION_SET_PUBLICATION: "set publication",
                kind.ALTER_SUBSCRIPTION_ADD_PUBLICATION: "add publication",
                kind.ALTER_SUBSCRIPTION_DROP_PUBLICATION: "drop publication",
                kind.ALTER_SUBSCRIPTION_REFRESH: "refresh",
                kind.ALTER_SUBSCRIPTION_SKIP: "skip",
            }
            action = actions.get(node.kind)
            if action is None:
                action = "enable" if node.options[0].arg.boolval else "disable"
            return [_altered("subscription", node.subname, action)]
        case ast.DropSubscriptionStmt():
            return [("DropThing", ("subscription", node.subname, ""), node.missing_ok, _cascades(node))]
        case _:
            return None


def _publication(verb: str, name: str, objects: Any, node: Any) -> Fact:
    kind = enums.PublicationObjSpecType
    tables, schemas = [], []
    for one in objects or ():
        if one.pubobjtype == kind.PUBLICATIONOBJ_TABLE:
            table = one.pubtable
            columns = tuple(column.sval for column in table.columns or ())
            relation = table.relation
            tables.append((_range(relation), not relation.inh, columns, table.whereClause is not None))
        else:
            schemas.append(one.name or "")
    sends = True
    if verb == Publishing.CREATE.value:
        for option in node.options or ():
            if option.defname == "publish":
                text = option.arg.sval.lower() if isinstance(option.arg, ast.String) else "update"
                sends = "update" in text or "delete" in text
    all_tables = bool(getattr(node, "for_all_tables", False))
    return ("PublishTables", verb, name, tables, tuple(schemas), all_tables, sends)


# Statistics


def _statistics(node: Any) -> list[Fact] | None:
    match node:
        case ast.CreateStatsStmt():
            if len(node.relations) != 1 or not _is_plain_table(node.relations[0]):
                return [_UNMODELLED]
            name = _path(node.defnames) if node.defnames else None
            columns = tuple(one.name for one in node.exprs)
            return [("CreateStatistics", name, _range(node.relations[0]), columns, node.if_not_exists)]
        case ast.AlterStatsStmt():
            return [("ChangeStatistics", _path(node.defnames), "set statistics", None, node.missing_ok)]
        case ast.RenameStmt() if node.renameType == _O.OBJECT_STATISTIC_EXT:
            new = _path((*node.object[:-1], ast.String(node.newname)))
            return [("ChangeStatistics", _path(node.object), "rename", new, False)]
        case ast.AlterObjectSchemaStmt() if node.objectType == _O.OBJECT_STATISTIC_EXT:
            new = f"{node.newschema}.{node.object[-1].sval}"
            return [("ChangeStatistics", _path(node.object), "set schema", new, False)]
        case ast.AlterOwnerStmt() if node.objectType == _O.OBJECT_STATISTIC_EXT:
            return [("ChangeStatistics", _path(node.object), "owner to", None, False)]
        case ast.DropStmt() if node.removeType == _O.OBJECT_STATISTIC_EXT:
            return [("ChangeStatistics", _path(one), "drop", None, node.missing_ok) for one in node.objects]
        case _:
            return None


def _is_plain_table(node: Any) -> bool:
    return isinstance(node, ast.RangeVar) and node.inh and node.alias is None


# Extensions, servers, and what else is a thing


def _extension(node: Any) -> list[Fact] | None:
    match node:
        case ast.CreateExtensionStmt():
            cascade = any(option.defname == "cascade" for option in node.options or ())
            return [("CreateExtension", node.extname, node.if_not_exists, cascade)]
        case ast.AlterExtensionStmt():
            return [_altered("extension", node.extname, "update")]
        case ast.AlterExtensionContentsStmt():
            from tests.oracle_of.administration import _COMMENTED

            verb = "add" if node.action > 0 else "drop"
            return [_altered("extension", node.extname, f"{verb} {_COMMENTED[node.objtype]}")]
        case ast.AlterObjectSchemaStmt() if node.objectType == _O.OBJECT_EXTENSION:
            return [_altered("extension", node.object.sval, "set schema")]
        case ast.DropStmt() if node.removeType == _O.OBJECT_EXTENSION:
            return [("DropExtension", one.sval, node.missing_ok, _cascades(node)) for one in node.objects]
        case _:
            return None


def _foreign(node: Any) -> list[Fact] | None:
    match node:
        case ast.CreateFdwStmt():
            return [("CreateThing", ("foreign data wrapper", node.fdwname, ""), False, False)]
        case ast.AlterFdwStmt():
            return [_altered("foreign data wrapper", node.fdwname, "options")]
        case ast.CreateForeignServerStmt():
            return [("CreateThing", ("server", node.servername, ""), False, node.if_not_exists)]
        case ast.AlterForeignServerStmt():
            return [_altered("server", node.servername, "options")]
        case ast.CreateUserMappingStmt():
            return [_altered("server", node.servername, "create user mapping")]
        case ast.AlterUserMappingStmt():
            return [_altered("server", node.servername, "alter user mapping")]
        case ast.DropUserMappingStmt():
            return [_altered("server", node.servername, "drop user mapping")]
        case ast.ImportForeignSchemaStmt():
            return [("ImportForeignSchema", node.remote_schema, node.server_name, node.local_schema)]
        case _:
            return None


def _thing(node: Any) -> list[Fact] | None:
    match node:
        case ast.RenameStmt() if node.renameType in _THINGS:
            kind = _THINGS[node.renameType]
            return [("RenameThing", (kind, node.object.sval, ""), (kind, node.newname, ""))]
        case ast.AlterOwnerStmt() if node.objectType in _THINGS:
            return [_altered(_THINGS[node.objectType], node.object.sval, "owner to")]
        case ast.AlterOwnerStmt() if node.objectType == _O.OBJECT_LARGEOBJECT:
            number = node.object
            shown = number.fval if isinstance(number, ast.Float) else number.ival
            return [_altered("large object", str(shown), "owner to")]
        case ast.DropStmt() if node.removeType in _THINGS:
            kind = _THINGS[node.removeType]
            return [
                ("DropThing", (kind, one.sval, ""), node.missing_ok, _cascades(node)) for one in node.objects
            ]
        case _:
            return None


def _altered(kind: str, name: str, action: str) -> Fact:
    return ("AlterThing", (kind, name, ""), action)


def _cascades(node: Any) -> bool:
    return bool(node.behavior == enums.DropBehavior.DROP_CASCADE)


def _path(names: Any) -> str:
    strings = [name.sval for name in names]
    return ".".join(["public", *strings] if len(strings) == 1 else strings)


def _range(node: Any) -> str:
    if node.catalogname:
        return "?"
    return f"{node.schemaname or 'public'}.{node.relname}"
