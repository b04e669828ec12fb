"""The options of a sequence: what is written, and from where to where it counts."""

from dataclasses import replace

from schemaguard.schema import Numbers
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.type_names import type_name


def sequence_options(cursor: Cursor) -> Numbers:
    """Reads all options, up to the end."""
    numbers = Numbers(text=cursor.source)
    while not cursor.done:
        numbers = _option(cursor, numbers)
    return numbers


def _option(cursor: Cursor, numbers: Numbers) -> Numbers:
    match cursor.accept_one(
        "START", "INCREMENT", "MINVALUE", "MAXVALUE", "NO", "CACHE", "CYCLE", "RESTART", "OWNED", "AS",
        "SEQUENCE", "LOGGED", "UNLOGGED",
    ):  # fmt: skip
        case "START":
            cursor.accept("WITH")
            _number(cursor)
        case "INCREMENT":
            cursor.accept("BY")
            return replace(numbers, down=_number(cursor) < 0)
        case "MINVALUE":
            return replace(numbers, least=_number(cursor))
        case "MAXVALUE":
            return replace(numbers, most=_number(cursor))
        case "CACHE":
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
            return replace(numbers, sequence=cursor.relation("a sequence"))
        case "CYCLE" | "LOGGED" | "UNLOGGED":
            pass
        case _:
            raise cursor.expected("an option of the sequence")
    return numbers


def _path(cursor: Cursor) -> None:
    cursor.name()
    while cursor.accept("."):
        cursor.label()


def _number(cursor: Cursor) -> int:
    """The number; 0 where it is no integer, which the server refuses."""
    sign = -1 if cursor.accept_one("-", "+") == "-" else 1
    if cursor.token.kind is not Kind.NUMBER:
        raise cursor.expected("a number")
    digits = cursor.token.text.replace("_", "")
    cursor.at += 1
    if digits[:2].lower() in ("0x", "0o", "0b"):
        return sign * int(digits, 0)
    return sign * int(digits) if digits.isdigit() else 0
