"""Cursors: DECLARE, FETCH, MOVE and CLOSE."""

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.declare_cursor import DeclareCursor
from schemaguard.changes.select_rows import SelectRows
from schemaguard.changes.touch_no_table import TouchNoTable
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.productions import Productions
from schemaguard.sql.rows import rows

_DIRECTIONS = ("NEXT", "PRIOR", "FIRST", "LAST", "ALL", "ABSOLUTE", "RELATIVE", "FORWARD", "BACKWARD")


def declare(cursor: Cursor) -> tuple[Change | Unread, ...]:
    name = cursor.name("a cursor")
    while not cursor.accept("CURSOR"):
        if cursor.accept("NO"):
            cursor.expect("SCROLL")
        else:
            cursor.expect_one("BINARY", "ASENSITIVE", "INSENSITIVE", "SCROLL")
    hold = False
    if cursor.accept("WITH"):
        cursor.expect("HOLD")
        hold = True
    elif cursor.accept("WITHOUT"):
        cursor.expect("HOLD")
    cursor.expect("FOR")
    read = rows(cursor)
    if not all(isinstance(change, SelectRows | Unread) for change in read):
        raise cursor.expected("a query")
    return (DeclareCursor(name, hold), *read)


def _fetch(cursor: Cursor) -> tuple[Change, ...]:
    verb = cursor.look(-1)
    # A cursor can be called like a direction, too.
    if not (cursor.look() == "" or cursor.word in ("FROM", "IN")):
        word = cursor.accept_one(*_DIRECTIONS)
        if word in ("FORWARD", "BACKWARD"):
            cursor.accept("ALL")
        if word in ("ABSOLUTE", "RELATIVE", "FORWARD", "BACKWARD", ""):
            cursor.accept_one("-", "+")
            if not cursor.done and cursor.token.kind is Kind.NUMBER:
                cursor.at += 1
    cursor.accept_one("FROM", "IN")
    name = cursor.name("a cursor")
    cursor.finish()
    return (TouchNoTable(verb, name),)


def _close(cursor: Cursor) -> tuple[Change, ...]:
    name = "" if cursor.accept("ALL") else cursor.name("a cursor")
    cursor.finish()
    return (TouchNoTable("CLOSE", name),)


PRODUCTIONS: Productions = {
    ("DECLARE",): declare,
    ("FETCH",): _fetch,
    ("MOVE",): _fetch,
    ("CLOSE",): _close,
}
