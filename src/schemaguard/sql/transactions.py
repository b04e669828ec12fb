"""BEGIN, COMMIT, ROLLBACK and their like, savepoints, prepared transactions, SET CONSTRAINTS."""

from schemaguard.changes.base import Change
from schemaguard.changes.begin_transaction import BeginTransaction
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.changes.finish_prepared import FinishPrepared
from schemaguard.changes.prepare_transaction import PrepareTransaction
from schemaguard.changes.release_savepoint import ReleaseSavepoint
from schemaguard.changes.rollback_to import RollbackTo
from schemaguard.changes.set_constraints import SetConstraints
from schemaguard.changes.set_savepoint import SetSavepoint
from schemaguard.changes.set_setting import SetSetting
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.productions import Productions, Read
from schemaguard.sql.strings import content


def begin(cursor: Cursor) -> tuple[Change, ...]:
    """BEGIN or START TRANSACTION, with its modes."""
    if cursor.accept("START"):
        cursor.expect("TRANSACTION")
    else:
        cursor.expect("BEGIN")
        cursor.accept_one("WORK", "TRANSACTION")
    found = () if cursor.done else modes(cursor)
    return (
        BeginTransaction(),
        *(SetSetting(f"transaction_{name}", value, local=True) for name, value in found),
    )


def modes(cursor: Cursor) -> list[tuple[str, str]]:
    """The modes of a transaction, one at least, to the end: the setting of each, and its value."""
    found = [_mode(cursor)]
    while not cursor.done:
        cursor.accept(",")
        found.append(_mode(cursor))
    return found


def _mode(cursor: Cursor) -> tuple[str, str]:
    if cursor.accept("ISOLATION", "LEVEL"):
        if cursor.accept("READ"):
            return "isolation", "read " + cursor.expect_one("COMMITTED", "UNCOMMITTED").lower()
        if cursor.accept("REPEATABLE", "READ"):
            return "isolation", "repeatable read"
        cursor.expect("SERIALIZABLE")
        return "isolation", "serializable"
    if cursor.accept("READ"):
        return "read_only", "on" if cursor.expect_one("ONLY", "WRITE") == "ONLY" else "off"
    no = cursor.accept("NOT")
    cursor.expect("DEFERRABLE")
    return "deferrable", "off" if no else "on"


def end(cursor: Cursor) -> tuple[Change, ...]:
    """COMMIT, END, ROLLBACK or ABORT: of the transaction, of a part of it, or of a prepared one."""
    verb = cursor.expect_one("COMMIT", "END", "ROLLBACK", "ABORT")
    commit = verb in ("COMMIT", "END")
    if verb in ("COMMIT", "ROLLBACK") and cursor.accept("PREPARED"):
        return (FinishPrepared(_identifier(cursor), commit),)
    cursor.accept_one("WORK", "TRANSACTION")
    if verb == "ROLLBACK" and cursor.accept("TO"):
        return (RollbackTo(_savepoint(cursor)),)
    ended = EndTransaction(commit)
    if not cursor.accept("AND"):
        cursor.finish()
        return (ended,)
    chain = not cursor.accept("NO")
    cursor.expect("CHAIN")
    cursor.finish()
    return (ended, BeginTransaction()) if chain else (ended,)


def _savepoint(cursor: Cursor) -> str:
    """The name, to the end; a savepoint can be called savepoint."""
    if cursor.look():
        cursor.expect("SAVEPOINT")
    name = cursor.name("a savepoint")
    cursor.finish()
    return name


def _identifier(cursor: Cursor) -> str:
    """The string by which a prepared transaction is known."""
    token = cursor.token
    if token.kind not in (Kind.STRING, Kind.DOLLAR):
        raise cursor.expected("a string")
    name = content(token)
    cursor.at += 1
    cursor.finish()
    return name


def _set_savepoint(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a savepoint")
    cursor.finish()
    return (SetSavepoint(name),)


def _release(cursor: Cursor) -> tuple[Change, ...]:
    return (ReleaseSavepoint(_savepoint(cursor)),)


def _prepare(cursor: Cursor) -> tuple[Change, ...]:
    return (PrepareTransaction(_identifier(cursor)),)


def _set_constraints(cursor: Cursor) -> tuple[Change, ...]:
    names = () if cursor.accept("ALL") else tuple(cursor.listed(lambda: _constraint(cursor)))
    deferred = cursor.expect_one("DEFERRED", "IMMEDIATE") == "DEFERRED"
    cursor.finish()
    return (SetConstraints(names, deferred),)


def _constraint(cursor: Cursor) -> str:
    parts = [cursor.name("a constraint")]
    while cursor.accept("."):
        parts.append(cursor.label("a constraint"))
    if len(parts) > 2:
        raise cursor.expected("no name with a database in it")
    return ".".join(parts)


PRODUCTIONS: Productions = {
    ("SAVEPOINT",): _set_savepoint,
    ("RELEASE",): _release,
    ("PREPARE", "TRANSACTION"): _prepare,
    ("SET", "CONSTRAINTS"): _set_constraints,
}
#: Those that see their first word again.
WHOLE: dict[str, Read] = {
    "BEGIN": begin,
    "START": begin,
    "COMMIT": end,
    "END": end,
    "ROLLBACK": end,
    "ABORT": end,
}
