"""BEGIN, COMMIT, ROLLBACK and their like; SET and RESET of the time-outs."""

from schemaguard.changes.base import Change
from schemaguard.changes.begin_transaction import BeginTransaction
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.changes.set_timeout import SetTimeout
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject
from schemaguard.sql.strings import content

_TIMEOUTS = ("LOCK_TIMEOUT", "STATEMENT_TIMEOUT")
#: What is set without = or TO.
_OTHERS = {
    "TIME": "TIME ZONE",
    "NAMES": "NAMES",
    "ROLE": "ROLE",
    "SCHEMA": "SCHEMA",
    "CATALOG": "CATALOG",
    "XML": "XML OPTION",
    "TRANSACTION": "TRANSACTION",
    "CONSTRAINTS": "CONSTRAINTS",
    "AUTHORIZATION": "SESSION AUTHORIZATION",
    "CHARACTERISTICS": "SESSION CHARACTERISTICS",
}
_MILLISECONDS = {"us": 0.001, "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}


def begin(cursor: Cursor) -> tuple[Change, ...]:
    """BEGIN or START TRANSACTION, with its modes."""
    if cursor.accept("START"):
        cursor.expect("TRANSACTION")
    else:
        cursor.expect("BEGIN")
        cursor.accept_one("WORK", "TRANSACTION")
    if not cursor.done:
        _mode(cursor)
    while not cursor.done:
        cursor.accept(",")
        _mode(cursor)
    return (BeginTransaction(),)


def _mode(cursor: Cursor) -> None:
    if cursor.accept("ISOLATION", "LEVEL"):
        if cursor.accept("READ"):
            cursor.expect_one("COMMITTED", "UNCOMMITTED")
        elif not cursor.accept("REPEATABLE", "READ"):
            cursor.expect("SERIALIZABLE")
    elif cursor.accept("READ"):
        cursor.expect_one("ONLY", "WRITE")
    else:
        cursor.accept("NOT")
        cursor.expect("DEFERRABLE")


def end(cursor: Cursor) -> tuple[Change, ...]:
    """COMMIT, END, ROLLBACK or ABORT of the whole transaction."""
    verb = cursor.expect_one("COMMIT", "END", "ROLLBACK", "ABORT")
    if verb in ("COMMIT", "ROLLBACK") and cursor.word == "PREPARED":
        raise Reject(f"schemaguard does not know what {verb} PREPARED does", cursor.offset)
    cursor.accept_one("WORK", "TRANSACTION")
    if verb == "ROLLBACK" and cursor.word == "TO":
        raise Reject("schemaguard does not know what ROLLBACK TO SAVEPOINT does", cursor.offset)
    ended = EndTransaction(commit=verb in ("COMMIT", "END"))
    if not cursor.accept("AND"):
        cursor.finish()
        return (ended,)
    chain = not cursor.accept("NO")
    cursor.expect("CHAIN")
    cursor.finish()
    return (ended, BeginTransaction()) if chain else (ended,)


def set_setting(cursor: Cursor) -> tuple[Change, ...]:
    """SET, after this word."""
    at = cursor.offset
    # A setting can be called local, too, as any other word that is not reserved.
    scoped = cursor.look() not in ("=", "TO") and cursor.accept_one("SESSION", "LOCAL")
    name = _setting(cursor, "SET")
    if name not in _TIMEOUTS:
        raise Reject(f"schemaguard does not know what SET {name.lower()} does", at)
    cursor.expect_one("=", "TO")
    milliseconds = None if cursor.accept("DEFAULT") else _duration(cursor)
    cursor.finish()
    return (SetTimeout(name.lower(), milliseconds, local=scoped == "LOCAL"),)


def reset(cursor: Cursor) -> tuple[Change, ...]:
    """RESET, after this word."""
    at = cursor.offset
    name = "ALL" if cursor.accept("ALL") else _setting(cursor, "RESET")
    if name not in _TIMEOUTS:
        raise Reject(f"schemaguard does not know what RESET {name.lower()} does", at)
    cursor.finish()
    return (SetTimeout(name.lower(), None, local=False),)


def _setting(cursor: Cursor, verb: str) -> str:
    """The name of a setting, in capitals; settings have dots, and some several words."""
    at = cursor.offset
    if cursor.word in _OTHERS and cursor.look() not in ("=", ".") and cursor.look() != "TO":
        raise Reject(f"schemaguard does not know what {verb} {_OTHERS[cursor.word]} does", at)
    parts = [cursor.function_name("a setting")]
    while cursor.accept("."):
        parts.append(cursor.label())
    return ".".join(parts).upper()


def _duration(cursor: Cursor) -> int:
    """A number of milliseconds, or a string with a unit."""
    at = cursor.offset
    sign = cursor.accept_one("-", "+")
    token = cursor.token
    if token.kind is Kind.NUMBER:
        written = sign + token.text
    elif token.kind is Kind.STRING and not sign:
        written = content(token)
    else:
        raise cursor.expected("a number of milliseconds, or a string such as '5s'")
    cursor.at += 1
    return _milliseconds(written, at)


def _milliseconds(written: str, at: int) -> int:
    text = written.strip()
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = text[len(number) :] or "ms"
    try:
        # Python rounds halves to even, as the server's rint() does.
        return round(float(number.strip()) * _MILLISECONDS[unit])
    except (ValueError, KeyError, OverflowError):
        raise Reject(f"{written} is no duration", at) from None
