"""EXPLAIN, PREPARE, EXECUTE, DECLARE, CREATE TABLE ... AS and SELECT ... INTO: what is around a statement."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import DeclareCursor, ExplainAnalyze, PlanStatement
from schemaguard.changes.base import Change
from schemaguard.run_prepared import RunPrepared
from tests.oracle_of import rows, views

Fact = tuple[Any, ...]
ast: Any = pglast.ast
UNMODELLED: Fact = ("unmodelled",)
#: CURSOR_OPT_HOLD
_HOLD = 0x20
PERSISTENCE = {"p": "permanent", "u": "unlogged", "t": "temporary"}


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    from tests.oracle_facts import said as facts_said

    name = type(change).__name__
    match change:
        case PlanStatement(called, would):
            return (name, called, facts_said(would))
        case ExplainAnalyze(writes):
            return (name, writes)
        case DeclareCursor(called, hold):
            return (name, called, hold)
        case _:
            return None


def executed(run: RunPrepared) -> Fact:
    """Our fact of what was prepared elsewhere."""
    return ("RunPrepared", run.name, run.use.name)


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement."""
    match node:
        case ast.SelectStmt() if _into(node) is not None:
            return _selected_into(node)
        case ast.CreateTableAsStmt() if node.objtype == enums.ObjectType.OBJECT_TABLE:
            return _created_as(node)
        case ast.ExecuteStmt():
            return _executed(node, "RUN")
        case ast.ExplainStmt():
            return _explained(node)
        case ast.PrepareStmt():
            facts = _of_query(node.query)
            return [UNMODELLED] if UNMODELLED in facts else [("PlanStatement", node.name, facts)]
        case ast.DeclareCursorStmt():
            facts = _of_query(node.query)
            declared = ("DeclareCursor", node.portalname, bool(node.options & _HOLD))
            return [UNMODELLED] if UNMODELLED in facts else [declared, *facts]
        case _:
            return None


def temporary(relation: Any, shape: Fact) -> tuple[str, Fact]:
    """A temporary table has a schema of its own, which can also be named."""
    text = views.text_of(relation)
    if relation.schemaname == "pg_temp":
        return text, ("temporary", *shape[1:])
    if relation.relpersistence == "t":
        return (f"pg_temp.{relation.relname}" if relation.schemaname is None else "?"), shape
    return text, shape


def _of_query(node: Any) -> list[Fact]:
    if not isinstance(node, (ast.SelectStmt, *rows.WRITES)):
        return [UNMODELLED]
    return rows.facts_of(node)


def _into(node: Any) -> Any:
    """The INTO of the first SELECT."""
    while node.larg is not None:
        node = node.larg
    return node.intoClause


def _made(into: Any, *, if_not_exists: bool) -> Fact:
    """A table of which only the name is known."""
    shape: Fact = (PERSISTENCE[into.rel.relpersistence], None, [], False, False, [])
    table, shape = temporary(into.rel, shape)
    return ("CreateTable", table, (), [], if_not_exists, shape)


def _selected_into(node: Any) -> list[Fact]:
    into = _into(node)
    facts = rows.facts_of(node, apart_from=into)
    return [UNMODELLED] if UNMODELLED in facts else [*facts, _made(into, if_not_exists=False)]


def _created_as(node: Any) -> list[Fact]:
    empty = node.into.skipData
    if isinstance(node.query, ast.ExecuteStmt):
        facts = _executed(node.query, "SHAPE" if empty else "FILL")
    else:
        facts = _of_query(node.query)
    if UNMODELLED in facts:
        return [UNMODELLED]
    *writes, read = facts
    if empty and writes:
        writes = [("PlanStatement", "", writes)]
    return [*writes, read, _made(node.into, if_not_exists=node.if_not_exists)]


def _executed(node: Any, use: str) -> list[Fact]:
    hidden = any(isinstance(part, ast.SubLink) or rows.unknown(part) for part in rows.walk(node.params))
    return [UNMODELLED] if hidden else [("RunPrepared", node.name, use)]


def _explained(node: Any) -> list[Fact]:
    analyze = any(_is_on(one) for one in node.options or () if one.defname == "analyze")
    match node.query:
        case ast.ExecuteStmt():
            return _executed(node.query, "MEASURE" if analyze else "PLAN")
        case ast.RefreshMatViewStmt():
            facts: list[Fact] = []
        case ast.DeclareCursorStmt():
            facts = _of_query(node.query.query)
        case ast.CreateTableAsStmt() if node.query.objtype == enums.ObjectType.OBJECT_MATVIEW:
            facts = views.truth(node.query) or []
        case _:
            facts = truth(node.query) or _of_query(node.query)
    if UNMODELLED in facts or "?" in repr(facts):
        return [UNMODELLED]
    if analyze:
        return [("ExplainAnalyze", any(fact[0] != "SelectRows" for fact in facts)), *facts]
    later = [(*fact[:2], "PLAN") for fact in facts if fact[0] == "RunPrepared"]
    return later or [("PlanStatement", "", facts)]


def _is_on(option: Any) -> bool:
    if option.arg is None:
        return True
    value = getattr(option.arg, "sval", None)
    text = str(option.arg.ival if value is None else value).lower()
    return text not in ("false", "off", "0", "no", "f", "n")
