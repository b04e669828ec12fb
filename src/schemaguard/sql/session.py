"""SET, RESET, SHOW and DISCARD."""

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.discard import Discard
from schemaguard.changes.reset_all import ResetAll
from schemaguard.changes.set_setting import SetSetting
from schemaguard.changes.show_setting import ShowSetting
from schemaguard.names import quote_all
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.keywords import COLUMNS_ONLY, RESERVED
from schemaguard.sql.lexer import Kind
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.strings import content
from schemaguard.sql.tables_of_queries import query
from schemaguard.sql.transactions import modes

#: Lists of names: the server keeps each part quoted where it has to be. (GUC_LIST_QUOTE, 14 to 18.)
LISTS_OF_NAMES = frozenset(
    {
        "local_preload_libraries",
        "search_path",
        "session_preload_libraries",
        "shared_preload_libraries",
        "temp_tablespaces",
        "unix_socket_directories",
    }
)
#: A larger number is a text to PostgreSQL.
_LARGEST = 2_147_483_647


def set_setting(cursor: Cursor) -> tuple[Change, ...]:
    """SET, after this word."""
    changes = assignment(cursor)
    cursor.finish()
    return changes


def assignment(cursor: Cursor) -> tuple[SetSetting, ...]:
    """What comes after SET, of a function as of a session."""
    # A setting can be called local, too, as any other word that is not reserved.
    scoped = cursor.look() not in ("=", "TO", ".") and cursor.accept_one("SESSION", "LOCAL")
    local = scoped == "LOCAL"
    if cursor.is_at("SESSION", "CHARACTERISTICS") or (
        scoped == "SESSION" and cursor.word == "CHARACTERISTICS"
    ):
        cursor.accept("SESSION")
        cursor.expect("CHARACTERISTICS", "AS", "TRANSACTION")
        named = [(f"default_transaction_{name}", value) for name, value in modes(cursor)]
        return tuple(SetSetting(name, value, local=local) for name, value in named)
    if cursor.look() not in ("=", "TO", ".", "FROM"):
        change = _special(cursor, local=local, session=scoped == "SESSION")
        if change is not None:
            return change
    name = _setting(cursor)
    if cursor.accept("FROM", "CURRENT"):
        return (SetSetting(name, None, local=local, current=True),)
    cursor.expect_one("=", "TO")
    return (SetSetting(name, _value(cursor, name), local=local),)


def _special(cursor: Cursor, *, local: bool, session: bool) -> tuple[SetSetting, ...] | None:
    """What is set without = or TO."""
    if cursor.accept("TIME", "ZONE"):
        return (SetSetting("timezone", _zone(cursor), local=local),)
    if cursor.accept("SCHEMA"):
        return (SetSetting("search_path", quote_all((_string(cursor),)), local=local),)
    if cursor.accept("NAMES"):
        known = not cursor.done and not cursor.accept("DEFAULT")
        return (SetSetting("client_encoding", _string(cursor) if known else None, local=local),)
    if cursor.accept("ROLE"):
        return (SetSetting("role", _word(cursor), local=local),)
    # SESSION is the scope, or a part of the name, or both.
    if cursor.accept("SESSION", "AUTHORIZATION") or (session and cursor.accept("AUTHORIZATION")):
        value = None if cursor.accept("DEFAULT") else _word(cursor)
        return (SetSetting("session_authorization", value, local=local),)
    if cursor.accept("XML", "OPTION"):
        value = cursor.expect_one("DOCUMENT", "CONTENT")
        return (SetSetting("xmloption", value, local=local),)
    if cursor.accept("TRANSACTION"):
        if cursor.accept("SNAPSHOT"):
            return (SetSetting("transaction_snapshot", _string(cursor), local=True),)
        found = modes(cursor)
        return tuple(SetSetting(f"transaction_{n}", value, local=True) for n, value in found)
    return None


def _finished(cursor: Cursor, *changes: Change) -> tuple[Change, ...]:
    cursor.finish()
    return changes


def _reset(cursor: Cursor) -> tuple[Change, ...]:
    if cursor.accept("ALL"):
        return _finished(cursor, ResetAll())
    return _finished(cursor, SetSetting(_named(cursor), None))


def _show(cursor: Cursor) -> tuple[Change, ...]:
    if cursor.accept("ALL"):
        return _finished(cursor, ShowSetting("all"))
    return _finished(cursor, ShowSetting(_named(cursor)))


def _discard(cursor: Cursor) -> tuple[Change, ...]:
    what = cursor.expect_one("ALL", "TEMP", "TEMPORARY", "PLANS", "SEQUENCES")
    return _finished(cursor, Discard("temporary" if what == "TEMP" else what.lower()))


def _named(cursor: Cursor) -> str:
    """The setting that RESET or SHOW names."""
    if cursor.accept("TIME", "ZONE"):
        return "timezone"
    if cursor.accept("TRANSACTION", "ISOLATION", "LEVEL"):
        return "transaction_isolation"
    if cursor.accept("SESSION", "AUTHORIZATION"):
        return "session_authorization"
    return _setting(cursor)


def _setting(cursor: Cursor) -> str:
    """The name of a setting, in lower case, as the server compares it; some have dots."""
    parts = [cursor.name("a setting")]
    while cursor.accept("."):
        parts.append(cursor.name("a setting"))
    return ".".join(parts).lower()


def _value(cursor: Cursor, name: str) -> str | None:
    if cursor.accept("DEFAULT"):
        return None
    values = cursor.listed(lambda: _one_value(cursor))
    return quote_all(values) if name in LISTS_OF_NAMES else ", ".join(values)


def _one_value(cursor: Cursor) -> str:
    if cursor.token.kind is Kind.NUMBER or cursor.word in ("-", "+"):
        return _number(cursor)
    word = cursor.accept_one("TRUE", "FALSE", "ON")
    return word.lower() if word else _word(cursor)


def _word(cursor: Cursor) -> str:
    """A word that is not reserved, or a string."""
    token = cursor.token
    if token.kind in (Kind.STRING, Kind.DOLLAR):
        return _string(cursor)
    if token.kind not in (Kind.WORD, Kind.QUOTED) or cursor.word in RESERVED:
        raise cursor.expected("a value")
    cursor.at += 1
    return token.identifier


def _string(cursor: Cursor) -> str:
    token = cursor.token
    if token.kind not in (Kind.STRING, Kind.DOLLAR):
        raise cursor.expected("a string")
    cursor.at += 1
    return content(token)


def _number(cursor: Cursor) -> str:
    """A number as the server prints it again: one that is large or has a point is as written."""
    sign = cursor.accept_one("-", "+").removeprefix("+")
    token = cursor.token
    if token.kind is not Kind.NUMBER:
        raise cursor.expected("a number")
    text = token.text
    if not text.replace(".", "").isdigit() and not text.isdigit():
        raise Reject(f"a number of an unusual kind, {text[:20]}", token.start)
    cursor.at += 1
    whole = text.isdigit() and int(text) <= _LARGEST
    return str(int(sign + text)) if whole else sign + text


def _zone(cursor: Cursor) -> str | None:
    if cursor.accept_one("DEFAULT", "LOCAL"):
        return None
    token = cursor.token
    if token.kind is Kind.NUMBER or cursor.word in ("-", "+"):
        return _number(cursor)
    if cursor.accept("INTERVAL"):
        if cursor.word == "(":
            precision = cursor.inside()
            if not precision.token.text.isdigit():
                raise precision.expected("a number")
            precision.at += 1
            precision.finish()
            return f"interval {_string(cursor)}"
        value = _string(cursor)
        if cursor.accept("HOUR") and cursor.accept("TO"):
            cursor.expect("MINUTE")
        return f"interval {value}"
    if token.kind is Kind.WORD and cursor.word in RESERVED | COLUMNS_ONLY:
        raise cursor.expected("a time zone")
    return _word(cursor)


def select(cursor: Cursor) -> tuple[Change | Unread, ...]:
    """SELECT of nothing but set_config(), or of anything else."""
    start = cursor.at
    change = _set_config(cursor)
    if change is not None:
        return (change,)
    cursor.at = start
    return query(cursor)


def _set_config(cursor: Cursor) -> Change | None:
    """The setting that is set with constants; None: it is another query."""
    cursor.accept("SELECT")
    cursor.accept("PG_CATALOG", ".")
    if not cursor.accept("SET_CONFIG") or cursor.word != "(":
        return None
    parts = list(cursor.inside().parts())
    if cursor.accept("AS"):
        cursor.label()
    alone = all(part.stop == part.at + 1 for part in parts)
    if not cursor.done or len(parts) != 3 or not alone or parts[2].word not in ("TRUE", "FALSE"):
        return None
    name, value = parts[0].token, parts[1].token
    if not {name.kind, value.kind} <= {Kind.STRING, Kind.DOLLAR}:
        return None
    return SetSetting(content(name).lower(), content(value), local=parts[2].word == "TRUE")


PRODUCTIONS: Productions = {
    ("SET",): set_setting,
    ("RESET",): _reset,
    ("SHOW",): _show,
    ("DISCARD",): _discard,
}
