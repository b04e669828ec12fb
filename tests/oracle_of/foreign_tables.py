"""Facts of ALTER FOREIGN TABLE and DROP FOREIGN TABLE."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import AsForeign
from schemaguard.changes.base import Change
from tests.oracle_of.views import text_of

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_FOREIGN = enums.ObjectType.OBJECT_FOREIGN_TABLE


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    return ("AsForeign", change.table.text) if isinstance(change, AsForeign) else None


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement."""
    from tests.oracle_facts import action, dropped_tables

    match node:
        case ast.AlterTableStmt() if node.objtype == _FOREIGN:
            facts = [action(node, command) for command in node.cmds]
        case ast.AlterObjectSchemaStmt() if node.objectType == _FOREIGN:
            facts = [("SetSchema", text_of(node.relation), node.newschema)]
        case ast.RenameStmt() if node.renameType == _FOREIGN:
            facts = [("RenameTable", text_of(node.relation), node.newname)]
        case ast.RenameStmt() if node.relationType == _FOREIGN:
            facts = [("RenameColumn", f"{text_of(node.relation)}.{node.subname}", node.newname)]
        case ast.DropStmt() if node.removeType == _FOREIGN:
            return dropped_tables(node, foreign=True)
        case _:
            return None
    return [("AsForeign", text_of(node.relation)), *facts]
