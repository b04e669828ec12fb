"""Policies and event triggers, as PostgreSQL's parser sees them."""

from collections.abc import Iterator
from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import ChangePolicy
from schemaguard.changes.base import Change

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_O = enums.ObjectType
_KIND = "event trigger"


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    match change:
        case ChangePolicy():
            reads = tuple(one.text for one in change.reads)
            return _policy(
                change.action.value,
                change.table.text,
                change.name,
                if_exists=change.if_exists,
                new=change.new_name,
                reads=reads,
            )
        case _:
            return None


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement."""
    match node:
        case ast.CreatePolicyStmt():
            return [_policy("create", _range(node.table), node.policy_name, reads=_reads(node))]
        case ast.AlterPolicyStmt():
            return [_policy("alter", _range(node.table), node.policy_name, reads=_reads(node))]
        case ast.RenameStmt() if node.renameType == _O.OBJECT_POLICY:
            return [_policy("rename", _range(node.relation), node.subname, new=node.newname)]
        case ast.DropStmt() if node.removeType == _O.OBJECT_POLICY:
            (path,) = node.objects
            return [_policy("drop", _path(path[:-1]), path[-1].sval, if_exists=node.missing_ok)]
        case ast.CreateEventTrigStmt():
            if len(node.funcname) > 2:
                return [("unmodelled",)]
            return [("CreateThing", (_KIND, node.trigname, ""), False, False)]
        case ast.AlterEventTrigStmt():
            actions = {"O": "enable", "R": "enable replica", "A": "enable always", "D": "disable"}
            return [("AlterThing", (_KIND, node.trigname, ""), actions[node.tgenabled])]
        case ast.AlterOwnerStmt() if node.objectType == _O.OBJECT_EVENT_TRIGGER:
            return [("AlterThing", (_KIND, node.object.sval, ""), "owner to")]
        case ast.RenameStmt() if node.renameType == _O.OBJECT_EVENT_TRIGGER:
            return [("RenameThing", (_KIND, node.object.sval, ""), (_KIND, node.newname, ""))]
        case ast.DropStmt() if node.removeType == _O.OBJECT_EVENT_TRIGGER:
            cascade = node.behavior == enums.DropBehavior.DROP_CASCADE
            return [("DropThing", (_KIND, one.sval, ""), node.missing_ok, cascade) for one in node.objects]
        case _:
            return None


def _policy(
    action: str,
    table: str,
    name: str,
    *,
    if_exists: bool = False,
    new: str = "",
    reads: tuple[str, ...] = (),
) -> Fact:
    return ("ChangePolicy", action, table, name, if_exists, new, reads)


def _reads(node: Any) -> tuple[str, ...]:
    tables = _walk((node.qual, node.with_check))
    return tuple(sorted({_range(one) for one in tables if isinstance(one, ast.RangeVar)}))


def _walk(node: Any) -> Iterator[Any]:
    if isinstance(node, ast.Node):
        yield node
        for slot in node:
            yield from _walk(getattr(node, slot))
    elif isinstance(node, tuple | list):
        for part in node:
            yield from _walk(part)


def _path(names: Any) -> str:
    strings = [name.sval for name in names]
    return "?" if len(strings) > 2 else ".".join(["public", *strings][-2:])


def _range(node: Any) -> str:
    return "?" if node.catalogname else f"{node.schemaname or 'public'}.{node.relname}"
