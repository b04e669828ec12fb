"""VACUUM, ANALYZE, CLUSTER, REINDEX, LOCK and TRUNCATE, as PostgreSQL's parser sees them."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import AnalyzeTable, ClusterTable, LockTable, Reindex, TruncateTables, Vacuum
from schemaguard.changes.base import Change
from schemaguard.locks import LockMode
from schemaguard.names import Relation

Fact = tuple[Any, ...]
ast: Any = pglast.ast


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    name = type(change).__name__
    match change:
        case Vacuum():
            flags = (change.full, change.analyze, change.no_table)
            return (name, _text(change.table), change.columns, change.only, flags)
        case AnalyzeTable():
            return (name, _text(change.table), change.columns, change.only)
        case ClusterTable():
            return (name, _text(change.table), change.index)
        case Reindex():
            whole = change.whole.value if change.whole else None
            return (name, _text(change.index), _text(change.table), whole, change.name, change.concurrently)
        case LockTable():
            return (name, change.table.text, change.mode, change.only, change.nowait)
        case TruncateTables():
            tables = [(table.text, table in change.only) for table in change.tables]
            return (name, tables, change.restart_identity, change.cascade)
        case _:
            return None


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement."""
    match node:
        case ast.VacuumStmt():
            return _vacuum(node)
        case ast.ClusterStmt():
            return [("ClusterTable", _range(node.relation), node.indexname)]
        case ast.ReindexStmt():
            return [_reindex(node)]
        case ast.LockStmt():
            mode = list(LockMode)[node.mode - 1]
            return [("LockTable", _range(one), mode, not one.inh, node.nowait) for one in node.relations]
        case ast.TruncateStmt():
            only = {_range(one) for one in node.relations if not one.inh}
            tables = [(_range(one), _range(one) in only) for one in node.relations]
            cascade = node.behavior == enums.DropBehavior.DROP_CASCADE
            return [("TruncateTables", tables, node.restart_seqs, cascade)]
        case _:
            return None


def _vacuum(node: Any) -> list[Fact]:
    on = switches(node.options)
    found: list[Fact] = []
    rels: Any = node.rels or (None,)
    for one in rels:
        table = _range(one.relation) if one else None
        columns = tuple(column.sval for column in one.va_cols or ()) if one else ()
        only = bool(one) and not one.relation.inh
        if node.is_vacuumcmd:
            flags = tuple(name in on for name in ("full", "analyze", "only_database_stats"))
            found.append(("Vacuum", table, columns, only, flags))
        else:
            found.append(("AnalyzeTable", table, columns, only))
    return found


def _reindex(node: Any) -> Fact:
    kind = enums.ReindexObjectType
    concurrently = "concurrently" in switches(node.params)
    match node.kind:
        case kind.REINDEX_OBJECT_INDEX:
            return ("Reindex", _range(node.relation), None, None, "", concurrently)
        case kind.REINDEX_OBJECT_TABLE:
            return ("Reindex", None, _range(node.relation), None, "", concurrently)
        case _:
            whole = enums.ReindexObjectType(node.kind).name.removeprefix("REINDEX_OBJECT_")
            return ("Reindex", None, None, whole, node.name or "", concurrently)


def switches(options: Any) -> set[str]:
    """The options that are on, as the server's defGetBoolean takes them; the last of a name counts."""
    found: dict[str, bool] = {}
    for option in options or ():
        match option.arg:
            case None:
                found[option.defname] = True
            case ast.Integer(ival=number):
                found[option.defname] = number == 1
            case ast.String(sval=text):
                found[option.defname] = text.lower() in ("true", "on", "1")
    return {name for name, on in found.items() if on}


def _text(relation: Relation | None) -> str | None:
    return None if relation is None else relation.text


def _range(node: Any) -> str | None:
    if node is None:
        return None
    if node.catalogname:
        return "?"
    return f"{node.schemaname or 'public'}.{node.relname}"
