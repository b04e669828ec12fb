"""Facts of the actions of ALTER TABLE and ALTER INDEX that are about storage, identity and triggers."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import (
    AlterConstraint,
    AttachIndex,
    InheritNotNull,
    MoveIndex,
    MoveStorage,
    ReplicaIdentity,
    RowSecurity,
    SetExpression,
    SetIdentity,
    SetOption,
    SetPersistence,
    SetRowType,
    SetSchema,
    SwitchTrigger,
)
from schemaguard.changes.base import Change

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_T = enums.AlterTableType
#: What one action sets, of which no more is kept than its words.
_OPTIONS = {
    _T.AT_SetStatistics: "SET STATISTICS",
    _T.AT_SetStorage: "SET STORAGE",
    _T.AT_SetCompression: "SET COMPRESSION",
    _T.AT_SetOptions: "SET",
    _T.AT_ResetOptions: "RESET",
    _T.AT_SetRelOptions: "SET",
    _T.AT_ResetRelOptions: "RESET",
    _T.AT_ClusterOn: "CLUSTER ON",
    _T.AT_DropCluster: "SET WITHOUT CLUSTER",
    _T.AT_DropOids: "SET WITHOUT OIDS",
    _T.AT_ChangeOwner: "OWNER TO",
    _T.AT_GenericOptions: "OPTIONS",
    _T.AT_AlterColumnGenericOptions: "OPTIONS",
}
_SWITCHES = {
    _T.AT_EnableTrig: ("trigger", True),
    _T.AT_EnableAlwaysTrig: ("trigger", True),
    _T.AT_EnableReplicaTrig: ("trigger", True),
    _T.AT_DisableTrig: ("trigger", False),
    _T.AT_EnableRule: ("rule", True),
    _T.AT_EnableAlwaysRule: ("rule", True),
    _T.AT_EnableReplicaRule: ("rule", True),
    _T.AT_DisableRule: ("rule", False),
}
_TOGETHER = {
    _T.AT_EnableTrigAll: ("ALL", True),
    _T.AT_DisableTrigAll: ("ALL", False),
    _T.AT_EnableTrigUser: ("USER", True),
    _T.AT_DisableTrigUser: ("USER", False),
}
_SECURITY = {
    _T.AT_EnableRowSecurity: "ENABLE",
    _T.AT_DisableRowSecurity: "DISABLE",
    _T.AT_ForceRowSecurity: "FORCE",
    _T.AT_NoForceRowSecurity: "NO FORCE",
}
_IDENTITIES = {"n": "NOTHING", "f": "FULL", "d": "DEFAULT", "i": "USING INDEX"}


_VIEWS = (enums.ObjectType.OBJECT_VIEW, enums.ObjectType.OBJECT_MATVIEW)


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    name = type(change).__name__
    match change:
        case SetOption():
            return (name, change.table.text, change.what, change.columns, change.of)
        case SetPersistence(table, persistence):
            return (name, table.text, persistence.value)
        case MoveStorage():
            return (name, change.table.text, change.what, change.to)
        case SetSchema():
            return (name, change.table.text, change.to)
        case SetIdentity():
            kind = change.identity.value if change.identity else None
            return (name, change.column.text, kind, change.adds, change.options, change.if_exists)
        case SetExpression():
            columns = None if change.expression is None else sorted(change.expression.columns)
            return (name, change.column.text, columns, change.if_exists)
        case RowSecurity(table, verb):
            return (name, table.text, verb)
        case SwitchTrigger():
            return (name, change.table.text, change.kind, change.name, change.on)
        case ReplicaIdentity():
            return (name, change.table.text, change.by, change.index)
        case InheritNotNull():
            return (name, change.table.text, change.name, change.inherits)
        case AlterConstraint():
            when = None
            if change.deferrable is not None or change.deferred is not None:
                when = (bool(change.deferrable) or bool(change.deferred), bool(change.deferred))
            return (name, change.table.text, change.name, when, change.enforced)
        case SetRowType():
            return (name, change.table.text, change.type.text if change.type else None)
        case AttachIndex():
            return (name, change.whole.text, change.part.text)
        case MoveIndex():
            return (name, change.index.text, change.tablespace)
        case _:
            return None


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of ALTER INDEX and ALTER VIEW, and of ALTER TABLE ... SET SCHEMA."""
    match node:
        case ast.AlterTableStmt() if node.objtype in _VIEWS:
            return [_of_view(node, command) for command in node.cmds]
        case ast.AlterTableStmt() if node.objtype == enums.ObjectType.OBJECT_INDEX:
            return [_of_index(node, command) for command in node.cmds]
        case ast.AlterObjectSchemaStmt() if node.objectType in (enums.ObjectType.OBJECT_TABLE, *_VIEWS):
            return [("SetSchema", _text(node.relation), node.newschema)]
        case ast.AlterObjectDependsStmt() if node.objectType in (
            enums.ObjectType.OBJECT_INDEX,
            enums.ObjectType.OBJECT_MATVIEW,
        ):
            return [("SetOption", _text(node.relation), "DEPENDS ON EXTENSION", (), "")]
        case _:
            return None


def _of_view(node: Any, command: Any) -> Fact:
    if command.subtype == _T.AT_ColumnDefault:
        verb = "DROP" if command.def_ is None else "SET"
        return ("SetOption", _text(node.relation), f"{verb} DEFAULT", (command.name,), "")
    return action(node, command) or ("unmodelled",)


def _of_index(node: Any, command: Any) -> Fact:
    index = _text(node.relation)
    match command.subtype:
        case _T.AT_AttachPartition:
            return ("AttachIndex", index, _text(command.def_.name))
        case _T.AT_SetTableSpace:
            return ("MoveIndex", index, command.name)
        case _T.AT_SetRelOptions | _T.AT_ResetRelOptions:
            return ("SetOption", index, "SET", (), "")
        case _T.AT_SetStatistics if command.name is None:
            return ("SetOption", index, "SET STATISTICS", (), "")
        case _:
            return ("unmodelled",)


def action(node: Any, command: Any) -> Fact | None:
    """PostgreSQL's fact of an action of ALTER TABLE."""
    table = _text(node.relation)
    kind = command.subtype
    column = f"{table}.{command.name}"
    if kind in _OPTIONS:
        of_column = kind in (
            _T.AT_SetStatistics, _T.AT_SetStorage, _T.AT_SetCompression, _T.AT_SetOptions, _T.AT_ResetOptions,
            _T.AT_AlterColumnGenericOptions,
        )  # fmt: skip
        columns = (command.name,) if of_column and command.name is not None else ()
        of = command.name if kind == _T.AT_ClusterOn else ""
        return ("SetOption", table, _OPTIONS[kind], columns, of)
    if kind in _SWITCHES:
        what, on = _SWITCHES[kind]
        return ("SwitchTrigger", table, what, command.name, on)
    if kind in _TOGETHER:
        name, on = _TOGETHER[kind]
        return ("SwitchTrigger", table, "trigger", name, on)
    if kind in _SECURITY:
        return ("RowSecurity", table, _SECURITY[kind])
    return _other(table, column, command)


def _other(table: str, column: str, command: Any) -> Fact | None:
    match command.subtype:
        case _T.AT_SetLogged | _T.AT_SetUnLogged:
            logged = command.subtype == _T.AT_SetLogged
            return ("SetPersistence", table, "permanent" if logged else "unlogged")
        case _T.AT_SetTableSpace:
            return ("MoveStorage", table, "tablespace", command.name)
        case _T.AT_SetAccessMethod:
            return ("MoveStorage", table, "access method", command.name or "heap")
        case _T.AT_ReplicaIdentity:
            identity = command.def_
            return ("ReplicaIdentity", table, _IDENTITIES[identity.identity_type], identity.name or "")
        case _T.AT_AddIdentity:
            kind = "always" if command.def_.generated_when == "a" else "by default"
            return ("SetIdentity", column, kind, True, False, False)
        case _T.AT_DropIdentity:
            return ("SetIdentity", column, None, False, False, command.missing_ok)
        case _T.AT_SetIdentity:
            said_kind = None
            for option in command.def_:
                if option.defname == "generated":
                    said_kind = "always" if option.arg.ival == ord("a") else "by default"
            return ("SetIdentity", column, said_kind, False, True, False)
        case _T.AT_DropExpression:
            return ("SetExpression", column, None, command.missing_ok)
        case _T.AT_SetExpression:
            from tests.oracle_facts import columns_of

            return ("SetExpression", column, sorted(set(columns_of(command.def_))), False)
        case _T.AT_AddOf:
            names = [part.sval for part in command.def_.names]
            plain = len(names) <= 2 and not command.def_.typmods and not command.def_.arrayBounds
            built_in = names[0] == "pg_catalog"
            of_type = ".".join(names if len(names) == 2 else ["public", *names])
            return ("SetRowType", table, of_type) if plain and not built_in else ("unmodelled",)
        case _T.AT_DropOf:
            return ("SetRowType", table, None)
        case _T.AT_AlterConstraint:
            return _constraint(table, command.def_)
        case _:
            return None


def _constraint(table: str, node: Any) -> Fact:
    if node.alterInheritability:
        return ("InheritNotNull", table, node.conname, not node.noinherit)
    enforced = bool(node.is_enforced) if node.alterEnforceability else None
    when = (bool(node.deferrable), bool(node.initdeferred)) if node.alterDeferrability else None
    return ("AlterConstraint", table, node.conname, when, enforced)


def _text(relation: Any) -> str:
    """The name with its schema; "?" where a database is named, too."""
    return "?" if relation.catalogname else f"{relation.schemaname or 'public'}.{relation.relname}"
