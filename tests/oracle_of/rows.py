"""Statements about rows, as PostgreSQL's parser sees them."""

from collections.abc import Iterator
from typing import Any

import pglast.ast

from schemaguard.changes import (
    CopyRows,
    DeleteRows,
    EndInBlock,
    InsertRows,
    MergeRows,
    NextInBlock,
    SelectRows,
    UpdateRows,
)
from schemaguard.changes.base import Change
from schemaguard.names import Relation
from schemaguard.sql.calls import is_system, known_function
from tests.oracle_of import block
from tests.oracle_of.session import configured

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_UNMODELLED: Fact = ("unmodelled",)


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    name = type(change).__name__
    match change:
        case SelectRows(reads, locks):
            return (name, _texts(reads), locks)
        case InsertRows():
            return (name, change.table.text, change.columns, _texts(change.reads))
        case UpdateRows():
            assigned = [(column, sorted(value.columns)) for column, value in change.assignments]
            where = None if change.where is None else sorted(change.where.columns)
            return (name, change.table.text, assigned, where, _texts(change.reads))
        case DeleteRows():
            where = None if change.where is None else sorted(change.where.columns)
            return (name, change.table.text, where, _texts(change.reads))
        case MergeRows():
            verbs = (change.inserts, bool(change.updates), change.deletes)
            return (name, change.table.text, verbs, change.returning, _texts(change.reads))
        case EndInBlock(commit):
            return (name, commit)
        case NextInBlock():
            return (name,)
        case CopyRows():
            table = change.table.text if change.table else None
            return (name, table, change.columns, _texts(change.reads), change.program)
        case _:
            return None


def _texts(relations: tuple[Relation, ...]) -> list[str]:
    return [relation.text for relation in relations]


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement."""
    if configured(node) is not None:
        return None  # Of the session's.
    match node:
        case ast.SelectStmt() | ast.InsertStmt() | ast.UpdateStmt() | ast.DeleteStmt() | ast.MergeStmt():
            return facts_of(node)
        case ast.DoStmt():
            return block.truth_of(node)
        case ast.CopyStmt():
            return _copied(node)
        case ast.DeallocateStmt():
            return [("TouchNoTable", "DEALLOCATE", node.name or "")]
        case ast.FetchStmt():
            return [("TouchNoTable", "MOVE" if node.ismove else "FETCH", node.portalname)]
        case ast.ClosePortalStmt():
            return [("TouchNoTable", "CLOSE", node.portalname or "")]
        case _:
            return None


def _copied(node: Any) -> list[Fact]:
    if node.query is not None:
        facts = facts_of(node.query)
        writes = [fact for fact in facts if fact[0] != "SelectRows"]
        reads = [read for fact in facts if fact[0] == "SelectRows" for read in fact[1]]
        if _UNMODELLED in facts:
            return [_UNMODELLED]
        return [*writes, ("CopyRows", None, (), reads, node.is_program)]
    columns = tuple(one.sval for one in node.attlist or ())
    table = _range(node.relation)
    if node.is_from:
        table = f"{node.relation.schemaname or 'public'}.{node.relation.relname}"
        return [("CopyRows", table, columns, [], node.is_program)]
    return [("CopyRows", None, columns, [table] if table else [], node.is_program)]


WRITES = (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt)


def facts_of(node: Any, *, run: bool = True, apart_from: Any = None) -> list[Fact]:
    """The facts of what its WITH writes, and its own; what is not ``run``, or writes, may call anything."""
    if any(isinstance(part, ast.IntoClause) and part is not apart_from for part in walk(node)):
        return [_UNMODELLED]
    found: list[Fact] = []
    reads: set[str] = set()
    _collect(node, frozenset(), found, reads, top=node)
    if run and isinstance(node, ast.SelectStmt) and any(unknown(part) for part in walk(node, but=WRITES)):
        return [_UNMODELLED]
    fact = _fact(node, sorted(reads))
    return [_UNMODELLED] if _UNMODELLED in [*found, fact] else [*found, fact]


def unknown(part: Any) -> bool:
    """Whether it calls a function that may do anything."""
    return isinstance(part, ast.FuncCall) and not known_function([one.sval for one in part.funcname])


def _collect(node: Any, queries: frozenset[str], found: list[Fact], reads: set[str], *, top: Any) -> None:
    """What a statement reads, and the facts of those inside of it that write."""
    if isinstance(node, tuple | list):
        for part in node:
            _collect(part, queries, found, reads, top=top)
    elif isinstance(node, ast.LockingClause | ast.IntoClause):
        pass  # It says what the tables are called here, not which they are.
    elif isinstance(node, ast.RangeVar):
        if node.schemaname or node.relname not in queries:
            reads |= {text for text in [_range(node)] if text}
    elif isinstance(node, WRITES) and node is not top:
        # It has a WITH of its own, and reads for itself.
        own: set[str] = set()
        _collect(node, queries, found, own, top=node)
        found.append(_fact(node, sorted(own)))
    elif isinstance(node, ast.Node):
        clause = getattr(node, "withClause", None)
        if clause is not None:
            names = [query.ctename for query in clause.ctes]
            for place, query in enumerate(clause.ctes):
                known = names if clause.recursive else names[:place]
                _collect(query.ctequery, queries | set(known), found, reads, top=top)
            queries |= set(names)
        for slot in node:
            own_target = node is top and slot == "relation" and isinstance(node, WRITES)
            if slot != "withClause" and not own_target:
                _collect(getattr(node, slot), queries, found, reads, top=top)


def _range(node: Any) -> str:
    if node.catalogname:
        return "?"
    relation = Relation(node.schemaname or "public", node.relname)
    return "" if is_system(relation, qualified=bool(node.schemaname)) else relation.text


def _fact(node: Any, reads: list[str]) -> Fact:
    from tests.oracle_facts import assigned, own_columns

    if isinstance(node, ast.SelectStmt):
        locks = any(isinstance(part, ast.LockingClause) for part in walk(node))
        return ("SelectRows", reads, locks)
    target = f"{node.relation.schemaname or 'public'}.{node.relation.relname}"
    if node.relation.catalogname:
        return _UNMODELLED
    called = node.relation.alias.aliasname if node.relation.alias else node.relation.relname
    match node:
        case ast.InsertStmt():
            columns = tuple(column.name for column in node.cols) if node.cols else None
            return ("InsertRows", target, columns, reads)
        case ast.UpdateStmt():
            if any(assigned(one) is None for one in node.targetList):
                return _UNMODELLED  # Columns and values are not of the same number.
            values = [(one.name, own_columns(assigned(one), called)) for one in node.targetList]
            where = _condition(node.whereClause, called)
            return ("UpdateRows", target, values, where, reads)
        case ast.DeleteStmt():
            return ("DeleteRows", target, _condition(node.whereClause, called), reads)
        case _:
            kinds = [clause.commandType.name for clause in node.mergeWhenClauses]
            verbs = tuple(f"CMD_{verb}" in kinds for verb in ("INSERT", "UPDATE", "DELETE"))
            returning = getattr(node, "returningClause", None) or getattr(node, "returningList", None)
            return ("MergeRows", target, verbs, bool(returning), reads)


def _condition(node: Any, called: str) -> list[str] | None:
    from tests.oracle_facts import own_columns

    return None if node is None else own_columns(node, called)


def walk(node: Any, but: tuple[Any, ...] = ()) -> Iterator[Any]:
    """All nodes of a tree, itself first, without what is in those of the kinds ``but``."""
    if isinstance(node, but):
        return
    if isinstance(node, ast.Node):
        yield node
        for slot in node:
            yield from walk(getattr(node, slot), but)
    elif isinstance(node, tuple | list):
        for part in node:
            yield from walk(part, but)
