"""SET and RESET of one setting, as ALTER ROLE, ALTER DATABASE and ALTER SYSTEM write them."""

from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind

_WITH_A_WORD = {
    "SCHEMA": "search_path",
    "NAMES": "client_encoding",
}


def changed_setting(cursor: Cursor) -> str:
    """SET ... or RESET ..., up to the end: the setting's name; ``all`` for RESET ALL."""
    if cursor.accept("RESET"):
        name = _reset(cursor)
    else:
        cursor.expect("SET")
        name = _set(cursor)
    cursor.finish()
    return name


def _reset(cursor: Cursor) -> str:
    if cursor.accept("ALL"):
        return "all"
    if cursor.accept("TIME", "ZONE"):
        return "timezone"
    return setting_name(cursor)


def _set(cursor: Cursor) -> str:
    if cursor.accept("TIME", "ZONE"):
        if not cursor.accept_one("DEFAULT", "LOCAL"):
            value(cursor)
        return "timezone"
    if cursor.word in _WITH_A_WORD and cursor.look() not in ("=", "TO", "."):
        name = _WITH_A_WORD[cursor.word]
        cursor.at += 1
        if not cursor.accept("DEFAULT"):
            if cursor.token.kind is not Kind.STRING:
                raise cursor.expected("a string")
            cursor.at += 1
        return name
    name = setting_name(cursor)
    if cursor.accept("FROM", "CURRENT"):
        return name
    cursor.expect_one("=", "TO")
    if not cursor.accept("DEFAULT"):
        cursor.listed(lambda: value(cursor))
    return name


def setting_name(cursor: Cursor) -> str:
    """A setting's name, which may have dots."""
    parts = [cursor.name("a setting")]
    while cursor.accept("."):
        parts.append(cursor.name("a setting"))
    return ".".join(parts)


def value(cursor: Cursor) -> None:
    """Reads a string, a number, or a word."""
    if cursor.accept_one("-", "+"):
        if cursor.token.kind is not Kind.NUMBER:
            raise cursor.expected("a number")
        cursor.at += 1
    elif cursor.token.kind in (Kind.STRING, Kind.NUMBER) or cursor.word in ("TRUE", "FALSE", "ON"):
        cursor.at += 1
    else:
        cursor.function_name("a value")
