"""Facts of rules, and of triggers under other names."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import ChangeRule, RenameTrigger
from schemaguard.changes.base import Change
from tests.oracle_of import rows

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_O = enums.ObjectType
_EVENTS = {"CMD_SELECT": "SELECT", "CMD_INSERT": "INSERT", "CMD_UPDATE": "UPDATE", "CMD_DELETE": "DELETE"}


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    match change:
        case ChangeRule():
            flags = (change.replace, change.if_exists, change.cascade, change.new_name)
            what = (change.event, change.instead, change.conditional, sorted(r.text for r in change.writes))
            return ("ChangeRule", change.action.value, change.table.text, change.name, *flags, *what)
        case RenameTrigger(table, name, new):
            return ("RenameTrigger", table.text, name, new)
        case _:
            return None


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement about rules."""
    none: Fact = ("", False, False, [])
    match node:
        case ast.RuleStmt():
            event = _EVENTS[node.event.name]
            if event == "SELECT" and node.rulename != "_RETURN":
                return [("unmodelled",)]
            writes = _writes(node.actions or ())
            conditional = node.whereClause is not None
            flags = (bool(node.replace), False, False, "")
            what = (event, bool(node.instead), conditional, writes)
            return [("ChangeRule", "create", _text(node.relation), node.rulename, *flags, *what)]
        case ast.RenameStmt(renameType=_O.OBJECT_RULE):
            flags = (False, False, False, node.newname)
            return [("ChangeRule", "rename", _text(node.relation), node.subname, *flags, *none)]
        case ast.RenameStmt(renameType=_O.OBJECT_TRIGGER):
            return [("RenameTrigger", _text(node.relation), node.subname, node.newname)]
        case ast.DropStmt(removeType=_O.OBJECT_RULE):
            flags = (False, bool(node.missing_ok), node.behavior == enums.DropBehavior.DROP_CASCADE, "")
            return [("ChangeRule", "drop", *_path(names), *flags, *none) for names in node.objects]
        case ast.AlterObjectDependsStmt(objectType=_O.OBJECT_TRIGGER):
            action = f"{'no ' if node.remove else ''}depends on extension"
            table = _text(node.relation)
            return [("AlterThing", ("trigger", node.object[0].sval, table), action)]
        case _:
            return None


def _writes(actions: Any) -> Any:
    found = set()
    for action in actions:
        if isinstance(action, ast.NotifyStmt):
            continue
        for fact in rows.facts_of(action, run=False):
            if fact[0] in ("InsertRows", "UpdateRows", "DeleteRows"):
                found.add(fact[1])
            elif fact[0] != "SelectRows":
                return "?"
    return sorted(found)


def _path(names: Any) -> tuple[str, str]:
    *table, name = (part.sval for part in names)
    return ("?" if len(table) > 2 else ".".join(["public", *table][-2:]), name)


def _text(relation: Any) -> str:
    """The name with its schema; "?" where a database is named, too."""
    return "?" if relation.catalogname else f"{relation.schemaname or 'public'}.{relation.relname}"
