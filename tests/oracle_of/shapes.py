"""Facts of partitions and inheritance."""

from typing import Any

from pglast import enums

from schemaguard.changes import AttachPartition, DetachPartition, Inherit
from schemaguard.changes.base import Change

Fact = tuple[Any, ...]
_T = enums.AlterTableType
_KINDS = {"l": "FOR VALUES IN", "r": "FOR VALUES FROM", "h": "FOR VALUES WITH"}


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    match change:
        case AttachPartition():
            kind = " ".join(change.bound.upper().split("(")[0].split())
            return ("AttachPartition", change.table.text, change.partition.text, kind)
        case DetachPartition():
            flags = (change.concurrently, change.finalize)
            return ("DetachPartition", change.table.text, change.partition.text, *flags)
        case Inherit():
            return ("Inherit", change.table.text, change.parent.text, change.begins)
        case _:
            return None


def action(node: Any, command: Any) -> Fact | None:
    """PostgreSQL's fact of an action of ALTER TABLE."""
    table = _text(node.relation)
    match command.subtype:
        case _T.AT_AttachPartition:
            bound = command.def_.bound
            kind = "DEFAULT" if bound.is_default else _KINDS[bound.strategy]
            return ("AttachPartition", table, _text(command.def_.name), kind)
        case _T.AT_DetachPartition | _T.AT_DetachPartitionFinalize:
            finalize = command.subtype == _T.AT_DetachPartitionFinalize
            flags = (command.def_.concurrent, finalize)
            return ("DetachPartition", table, _text(command.def_.name), *flags)
        case _T.AT_AddInherit | _T.AT_DropInherit:
            return ("Inherit", table, _text(command.def_), command.subtype == _T.AT_AddInherit)
        case _:
            return None


def _text(relation: Any) -> str:
    """The name with its schema; "?" where a database is named, too."""
    return "?" if relation.catalogname else f"{relation.schemaname or 'public'}.{relation.relname}"
