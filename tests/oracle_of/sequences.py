"""Facts of sequences."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import ChangeSequence
from schemaguard.changes.base import Change

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_SEQUENCE = enums.ObjectType.OBJECT_SEQUENCE


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    match change:
        case ChangeSequence():
            flags = (change.if_exists, change.cascade)
            return ("ChangeSequence", change.sequence.text, change.verb, *flags)
        case _:
            return None


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement about sequences."""
    match node:
        case ast.CreateSeqStmt():
            if node.sequence.schemaname is None and node.sequence.relpersistence == "t":
                return [
                    (
                        "ChangeSequence",
                        f"pg_temp.{node.sequence.relname}",
                        "CREATE",
                        node.if_not_exists,
                        False,
                    )
                ]
            return [("ChangeSequence", _text(node.sequence), "CREATE", node.if_not_exists, False)]
        case ast.AlterSeqStmt():
            return [("ChangeSequence", _text(node.sequence), "ALTER", node.missing_ok, False)]
        case ast.RenameStmt() if node.renameType == _SEQUENCE:
            return [("ChangeSequence", _text(node.relation), "ALTER", node.missing_ok, False)]
        case ast.AlterObjectSchemaStmt() if node.objectType == _SEQUENCE:
            return [("ChangeSequence", _text(node.relation), "ALTER", node.missing_ok, False)]
        case ast.AlterTableStmt() if node.objtype == _SEQUENCE:
            return [("ChangeSequence", _text(node.relation), "ALTER", node.missing_ok, False)]
        case ast.DropStmt() if node.removeType == _SEQUENCE:
            cascade = node.behavior == enums.DropBehavior.DROP_CASCADE
            return [("ChangeSequence", _path(o), "DROP", node.missing_ok, cascade) for o in node.objects]
        case _:
            return None


def _path(names: Any) -> str:
    parts = [name.sval for name in names]
    return "?" if len(parts) > 2 else ".".join(parts if len(parts) == 2 else ["public", *parts])


def _text(relation: Any) -> str:
    """The name with its schema; "?" where a database is named, too."""
    return "?" if relation.catalogname else f"{relation.schemaname or 'public'}.{relation.relname}"
