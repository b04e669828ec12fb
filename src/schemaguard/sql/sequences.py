"""The options of an identity column's sequence: read, for they must be right, and not kept."""

from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.type_names import type_name


def sequence_options(cursor: Cursor) -> None:
    """Reads all options, up to the end."""
    while not cursor.done:
        _option(cursor)


def _option(cursor: Cursor) -> None:
    match cursor.accept_one(
        "START", "INCREMENT", "MINVALUE", "MAXVALUE", "NO", "CACHE", "CYCLE", "RESTART", "OWNED", "AS",
        "SEQUENCE", "LOGGED", "UNLOGGED",
    ):  # fmt: skip
        case "START":
            cursor.accept("WITH")
            _number(cursor)
        case "INCREMENT":
            cursor.accept("BY")
            _number(cursor)
        case "MINVALUE" | "MAXVALUE" | "CACHE":
            _number(cursor)
        case "NO":
            cursor.expect_one("MINVALUE", "MAXVALUE", "CYCLE")
        case "RESTART":
            if cursor.accept("WITH") or (not cursor.done and cursor.token.kind is Kind.NUMBER):
                _number(cursor)
        case "OWNED":
            cursor.expect("BY")
            _path(cursor)
        case "AS":
            type_name(cursor)
        case "SEQUENCE":
            cursor.expect("NAME")
            _path(cursor)
        case "CYCLE" | "LOGGED" | "UNLOGGED":
            pass
        case _:
            raise cursor.expected("an option of the sequence")


def _path(cursor: Cursor) -> None:
    cursor.name()
    while cursor.accept("."):
        cursor.label()


def _number(cursor: Cursor) -> None:
    cursor.accept_one("-", "+")
    if cursor.token.kind is not Kind.NUMBER:
        raise cursor.expected("a number")
    cursor.at += 1
