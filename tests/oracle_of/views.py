"""Facts of views."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import CreateView, DropView, RefreshView
from schemaguard.changes.base import Change
from schemaguard.names import Relation
from tests.oracle_of import rows

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_O = enums.ObjectType
_KINDS = {_O.OBJECT_VIEW: False, _O.OBJECT_MATVIEW: True}


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    name = type(change).__name__
    match change:
        case CreateView():
            flags = (change.materialized, change.filled, change.replace, change.if_not_exists)
            return (name, change.view.text, _texts(change.reads), *flags)
        case DropView():
            return (name, change.view.text, change.materialized, change.if_exists, change.cascade)
        case RefreshView():
            return (name, change.view.text, change.concurrently, change.filled)
        case _:
            return None


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement about views."""
    match node:
        case ast.ViewStmt():
            name = f"pg_temp.{node.view.relname}" if node.view.relpersistence == "t" else text_of(node.view)
            return [("CreateView", name, _reads(node.query), False, False, bool(node.replace), False)]
        case ast.CreateTableAsStmt() if node.objtype == _O.OBJECT_MATVIEW:
            flags = (True, not node.into.skipData, False, node.if_not_exists)
            return [
                ("CreateView", text_of(node.into.rel), _reads(node.query, run=not node.into.skipData), *flags)
            ]
        case ast.DropStmt() if node.removeType in _KINDS:
            cascade = node.behavior == enums.DropBehavior.DROP_CASCADE
            how = (_KINDS[node.removeType], node.missing_ok, cascade)
            return [("DropView", _path(names), *how) for names in node.objects]
        case ast.RefreshMatViewStmt():
            return [("RefreshView", text_of(node.relation), bool(node.concurrent), not node.skipData)]
        case _:
            return None


def _reads(query: Any, *, run: bool = False) -> Any:
    """What a query reads, as the statement alone would; "?" where it is more than a query."""
    facts = rows.facts_of(query, run=run)
    if len(facts) != 1 or facts[0][0] != "SelectRows":
        return "?"
    return facts[0][1]


def _texts(relations: tuple[Relation, ...]) -> list[str]:
    return [relation.text for relation in relations]


def _path(names: Any) -> str:
    parts = [name.sval for name in names]
    return "?" if len(parts) > 2 else ".".join(parts if len(parts) == 2 else ["public", *parts])


def text_of(relation: Any) -> str:
    """The name with its schema; "?" where a database is named, too."""
    return "?" if relation.catalogname else f"{relation.schemaname or 'public'}.{relation.relname}"
