"""Transactions, savepoints and settings, as PostgreSQL's parser sees them."""

from typing import Any

import pglast.ast
from pglast import enums

from schemaguard.changes import (
    BeginTransaction,
    Discard,
    EndTransaction,
    FinishPrepared,
    PrepareTransaction,
    ReleaseSavepoint,
    ResetAll,
    RollbackTo,
    SetConstraints,
    SetSavepoint,
    SetSetting,
    ShowSetting,
)
from schemaguard.changes.base import Change
from schemaguard.names import quote_all
from schemaguard.sql.session import LISTS_OF_NAMES

Fact = tuple[Any, ...]
ast: Any = pglast.ast
_SWITCHES = ("read_only", "deferrable")


def said(change: Change) -> Fact | None:
    """Our fact of a change."""
    name = type(change).__name__
    match change:
        case BeginTransaction() | ResetAll():
            return (name,)
        case EndTransaction(commit):
            return (name, commit)
        case (
            SetSavepoint(called) | ReleaseSavepoint(called) | RollbackTo(called) | PrepareTransaction(called)
        ):
            return (name, called)
        case FinishPrepared(called, commit):
            return (name, called, commit)
        case SetConstraints(names, deferred):
            return (name, names, deferred)
        case ShowSetting(setting):
            return (name, setting)
        case Discard(what):
            return (name, what)
        case SetSetting(setting, value, local, current):
            return (name, setting, value, local, current)
        case _:
            return None


def truth(node: Any) -> list[Fact] | None:
    """PostgreSQL's facts of a statement."""
    match node:
        case ast.TransactionStmt():
            return _transaction(node)
        case ast.ConstraintsSetStmt():
            names = tuple(
                f"{one.schemaname}.{one.relname}" if one.schemaname else one.relname
                for one in node.constraints or ()
            )
            return [("SetConstraints", names, node.deferred)]
        case ast.VariableShowStmt():
            return [("ShowSetting", node.name.lower())]
        case ast.DiscardStmt():
            what = enums.DiscardMode(node.target).name.removeprefix("DISCARD_").lower()
            return [("Discard", "temporary" if what == "temp" else what)]
        case ast.VariableSetStmt():
            return _setting(node)
        case ast.SelectStmt():
            return configured(node)
        case _:
            return None


def _transaction(node: Any) -> list[Fact]:
    kind = enums.TransactionStmtKind
    chained: list[Fact] = [("BeginTransaction",)] if node.chain else []
    match node.kind:
        case kind.TRANS_STMT_BEGIN | kind.TRANS_STMT_START:
            return [("BeginTransaction",), *_modes(node.options, "", local=True)]
        case kind.TRANS_STMT_COMMIT | kind.TRANS_STMT_ROLLBACK:
            return [("EndTransaction", node.kind == kind.TRANS_STMT_COMMIT), *chained]
        case kind.TRANS_STMT_SAVEPOINT:
            return [("SetSavepoint", node.savepoint_name)]
        case kind.TRANS_STMT_RELEASE:
            return [("ReleaseSavepoint", node.savepoint_name)]
        case kind.TRANS_STMT_ROLLBACK_TO:
            return [("RollbackTo", node.savepoint_name)]
        case kind.TRANS_STMT_PREPARE:
            return [("PrepareTransaction", node.gid)]
        case _:
            return [("FinishPrepared", node.gid, node.kind == kind.TRANS_STMT_COMMIT_PREPARED)]


def _modes(options: Any, prefix: str, *, local: bool) -> list[Fact]:
    return [("SetSetting", prefix + option.defname, _mode(option), local, False) for option in options or ()]


def _mode(option: Any) -> str:
    value = option.arg.val
    if option.defname.endswith(_SWITCHES):
        return "on" if value.ival else "off"
    return str(value.sval)


def _setting(node: Any) -> list[Fact]:
    kind = enums.VariableSetKind
    name = (node.name or "").lower()
    match node.kind:
        case kind.VAR_RESET_ALL:
            return [("ResetAll",)]
        case kind.VAR_SET_MULTI if name == "transaction":
            return _modes(node.args, "", local=True)
        case kind.VAR_SET_MULTI if name == "session characteristics":
            return _modes(node.args, "default_", local=node.is_local)
        case kind.VAR_SET_MULTI:
            return [("SetSetting", "transaction_snapshot", node.args[0].val.sval, True, False)]
        case kind.VAR_SET_CURRENT:
            return [("SetSetting", name, None, node.is_local, True)]
        case kind.VAR_SET_VALUE:
            values = [_value(arg) for arg in node.args]
            text = quote_all(values) if name in LISTS_OF_NAMES else ", ".join(values)
            return [("SetSetting", name, text, node.is_local, False)]
        case _:
            return [("SetSetting", name, None, node.is_local, False)]


def configured(node: Any) -> list[Fact] | None:
    """The fact of a SELECT that is nothing but set_config() of constants; None: it is something else."""
    if not isinstance(node, ast.SelectStmt) or len(node.targetList or ()) != 1 or node.valuesLists:
        return None
    clauses = (node.fromClause, node.whereClause, node.withClause, node.sortClause, node.limitCount)
    more = (node.limitOffset, node.lockingClause, node.groupClause, node.havingClause, node.distinctClause)
    call = node.targetList[0].val
    if any((*clauses, *more, node.windowClause, node.intoClause)) or not isinstance(call, ast.FuncCall):
        return None
    if ".".join(part.sval for part in call.funcname).removeprefix("pg_catalog.") != "set_config":
        return None
    if any((call.over, call.agg_filter, call.agg_order, call.agg_distinct, call.agg_within_group)):
        return None
    kinds = [type(arg.val).__name__ if isinstance(arg, ast.A_Const) else "" for arg in call.args or ()]
    if kinds != ["String", "String", "Boolean"]:
        return None
    name, value, local = (arg.val for arg in call.args)
    return [("SetSetting", name.sval.lower(), value.sval, bool(local.boolval), False)]


def _value(node: Any) -> str:
    if isinstance(node, ast.TypeCast):
        return f"interval {node.arg.val.sval}"
    match node.val:
        case ast.Integer(ival=number):
            return str(number)
        case ast.Float(fval=text):
            return str(text)
        case value:
            return str(value.sval)
