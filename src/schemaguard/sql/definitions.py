"""What statements about things have in common: ``(name = value, ...)``, operators, roles, functions."""

from schemaguard.column_types import spelled
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.keywords import RESERVED
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject
from schemaguard.sql.type_names import type_name

_OPERATOR = frozenset("+-*/<>=~!@#%^&|`?")


def definition(cursor: Cursor) -> dict[str, Cursor]:
    """``(name = value, name, ...)``: the values by name, read already; the last of those of one name."""
    within = cursor.inside()
    found: dict[str, Cursor] = {}
    for part in within.parts():
        name = part.label("an option")
        if part.accept("="):
            start = part.at
            value(part)
            found[name] = Cursor(part.text, part.tokens, part.words, start, part.at)
        else:
            found[name] = Cursor(part.text, part.tokens, part.words, part.at, part.at)
        part.finish()
    return found


def value(cursor: Cursor) -> None:
    """Reads a value of a definition: a string, a number, an operator, a reserved word or a type."""
    token = cursor.token
    signed = cursor.word in ("+", "-") and cursor.at + 1 < cursor.stop
    if signed and cursor.tokens[cursor.at + 1].kind is Kind.NUMBER:
        cursor.at += 2
    elif (
        token.kind in (Kind.STRING, Kind.DOLLAR, Kind.NUMBER)
        or cursor.word in RESERVED
        or cursor.word == "NONE"
        or _is_operator(cursor)
    ):
        cursor.at += 1
    elif cursor.accept("OPERATOR", "("):
        operator(cursor)
        cursor.expect(")")
    else:
        cursor.accept("SETOF")
        type_name(cursor)


def operator(cursor: Cursor) -> tuple[str, str]:
    """An operator's schema and name."""
    schema = "public"
    if not _is_operator(cursor):
        schema = cursor.name("an operator")
        cursor.expect(".")
    if not _is_operator(cursor):
        raise cursor.expected("an operator")
    name = cursor.word
    cursor.at += 1
    return schema, "<>" if name == "!=" else name


def _is_operator(cursor: Cursor) -> bool:
    return cursor.word != "" and not set(cursor.word) - _OPERATOR


def any_type(cursor: Cursor) -> str:
    """A type, of which only its name counts."""
    return spelled(type_name(cursor))


def function(cursor: Cursor) -> None:
    """Reads a function's name, with its arguments' types if they follow."""
    cursor.function_name("a function")
    while cursor.accept("."):
        cursor.label("a function")
    if cursor.word == "(":
        within = cursor.inside()
        for part in [] if within.done else within.parts():
            any_type(part)
            part.finish()


def role(cursor: Cursor) -> None:
    """Reads whose it is to be."""
    if not cursor.accept_one("CURRENT_ROLE", "CURRENT_USER", "SESSION_USER"):
        at = cursor.offset
        quoted = cursor.token.kind is Kind.QUOTED
        if cursor.function_name("a role") in ("public", "none") and not quoted:
            raise Reject("a role that nobody can be", at)


def cascades(cursor: Cursor) -> bool:
    """CASCADE, or RESTRICT, or neither, at the end of the statement."""
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return cascade
