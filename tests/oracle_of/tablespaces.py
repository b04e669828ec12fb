"""Facts of ALTER ... ALL IN TABLESPACE."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import MoveAll
from schemaguard.changes.base import Change
from tests.oracle_of.administration import role_names

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_KINDS = {
    enums.ObjectType.OBJECT_TABLE: "tables",
    enums.ObjectType.OBJECT_INDEX: "indexes",
    enums.ObjectType.OBJECT_MATVIEW: "materialized views",
}


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    if not isinstance(change, MoveAll):
        return None
    return ("MoveAll", change.kind.value, change.tablespace, change.to, change.owners, change.nowait)


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's fact of the statement."""
    if not isinstance(node, ast.AlterTableMoveAllStmt):
        return None
    there = (node.orig_tablespacename, node.new_tablespacename)
    return [("MoveAll", _KINDS[node.objtype], *there, role_names(node.roles), node.nowait)]
