"""How volatile an expression is, read from its tokens: which functions it calls, and what it casts to.

A name that is built in counts as PostgreSQL's own, for pg_catalog comes first on every
search path that does not say otherwise. Operators are never volatile there (pg_operator
of 14 to 18), and neither are casts (pg_cast), but a user's may be anything.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from schemaguard.column_types import Type, is_built_in
from schemaguard.dataclass import dataclass
from schemaguard.extension_functions import by_name
from schemaguard.names import Relation
from schemaguard.schema import Volatility
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.keywords import COLUMNS_ONLY, RESERVED
from schemaguard.sql.lexer import Kind
from schemaguard.sql.type_names import type_name
from schemaguard.volatility import worst

#: Values without parentheses, all of them STABLE.
SPECIAL_VALUES = frozenset(
    """CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP LOCALTIME LOCALTIMESTAMP CURRENT_ROLE CURRENT_USER
    SESSION_USER SYSTEM_USER USER CURRENT_CATALOG CURRENT_SCHEMA""".split()
)
#: Words before parentheses that call nothing, beside those which cannot name a function at all.
_SYNTAX = RESERVED | COLUMNS_ONLY
#: The same, if one of these words comes before them.
_AFTER = {"ZONE": ("TIME",), "BY": ("GROUP", "ORDER", "PARTITION")}
#: Tokens that are neither words nor operators.
PUNCTUATION = frozenset({"(", ")", "[", "]", ",", ";", ".", ":", "..", ":=", "=>", "::"})


@dataclass(frozen=True, slots=True)
class Told:
    """How volatile an expression is but for the functions of users that it calls, and these."""

    rest: Volatility
    calls: frozenset[Relation] = frozenset()

    @property
    def volatility(self) -> Volatility:
        """What is known of the whole."""
        return Volatility.UNKNOWN if self.calls else self.rest


def of_function(name: str) -> Volatility:
    """How volatile the functions of that name are, as written in a call without a schema."""
    return _table().get(name, Volatility.UNKNOWN)


@cache
def _read() -> dict[str, str]:
    import json  # Of most files no function is asked.

    read: dict[str, str] = json.loads(Path(__file__).with_name("function_volatility.json").read_text())
    return read


@cache
def _operators() -> frozenset[str]:
    """Those that PostgreSQL brings along; != it reads as <>."""
    return frozenset(_read()["operators"].split()) | {"!=", "?"} | PUNCTUATION


@cache
def _table() -> dict[str, Volatility]:
    table = by_name(_read())
    # Volatile only over time with time zone, see below; the rest of it is what AT TIME ZONE calls.
    table["timezone"] = Volatility.STABLE
    return table


def of_tokens(cursor: Cursor) -> Told:
    """How volatile the expression is whose tokens are left."""
    found = Volatility.CONSTANT
    calls: set[Relation] = set()
    for _, one in by_place(cursor):
        if isinstance(one, Relation):
            calls.add(one)
        else:
            found = worst(found, one)
    return Told(found, frozenset(calls))


def by_place(cursor: Cursor) -> Iterator[tuple[int, Volatility | Relation]]:
    """What makes the expression volatile or not, each with its place: also functions of users."""
    words, first, stop = cursor.words, cursor.at, cursor.stop
    place = first
    while place < stop:
        word, token = words[place], cursor.tokens[place]
        following = words[place + 1] if place + 1 < stop else ""
        if word == "::" or (word == "AS" and in_cast(words, first, place)):
            kind, after = _cast(cursor, place)
            yield place, kind
            place = after
            continue
        if word in SPECIAL_VALUES and words[place - 1 : place] != ["."]:
            yield place, Volatility.STABLE
        elif token.kind is Kind.OP:
            if word not in _operators():
                yield place, Volatility.UNKNOWN
        elif word == "OPERATOR" and following == "(":
            yield place, _schema_of_operator(cursor, place)
        elif following == "(" and token.kind in (Kind.WORD, Kind.QUOTED):
            yield place, user_function(cursor, place) or called(cursor, place)
        place += 1
    if _zoned_times(words[first:stop]):
        yield first, Volatility.VOLATILE


def called(cursor: Cursor, place: int) -> Volatility:
    """How volatile the function is whose name stands there, before a parenthesis."""
    word = cursor.words[place]
    before = cursor.words[place - 1] if place > cursor.at else ""
    if before == ".":
        in_catalog = cursor.tokens[place - 2].identifier == "pg_catalog"
        with_database = place - cursor.at > 2 and cursor.words[place - 3] == "."
        if with_database or not in_catalog:
            return Volatility.UNKNOWN
        return of_function(cursor.tokens[place].identifier)
    if word in COLUMNS_ONLY and word.startswith(("JSON", "XML")):
        return Volatility.STABLE
    if word in _SYNTAX or before in _AFTER.get(word, ()):
        return Volatility.CONSTANT
    if word == "ILIKE" and _ends_operand(cursor, place - 1):
        return Volatility.CONSTANT
    return of_function(cursor.tokens[place].identifier)


def user_function(cursor: Cursor, place: int) -> Relation | None:
    """The function of a user whose name ends there; None: it is not one, or has a database in its name."""
    if called(cursor, place) is not Volatility.UNKNOWN:
        return None
    name = cursor.tokens[place].identifier
    if place == cursor.at or cursor.words[place - 1] != ".":
        return Relation(cursor.schema, name, qualified=cursor.schema != "public")
    if place - cursor.at > 2 and cursor.words[place - 3] == ".":
        return None
    return Relation(cursor.tokens[place - 2].identifier, name)


def _ends_operand(cursor: Cursor, place: int) -> bool:
    """Whether an operator can come after the token there."""
    if place < cursor.at:
        return False
    word = cursor.words[place]
    if cursor.tokens[place].kind is Kind.WORD:
        return word not in RESERVED or word in ("NULL", "TRUE", "FALSE", "END")
    return word in (")", "]") or cursor.tokens[place].kind is not Kind.OP


def _schema_of_operator(cursor: Cursor, place: int) -> Volatility:
    in_catalog = cursor.words[place + 2 : place + 4] == ["PG_CATALOG", "."]
    return Volatility.CONSTANT if in_catalog else Volatility.UNKNOWN


def _cast(cursor: Cursor, place: int) -> tuple[Volatility, int]:
    """How volatile the cast is whose type comes after ``place``, and where the type ends."""
    part = Cursor(cursor.text, cursor.tokens, cursor.words, place + 1, cursor.stop)
    kind = type_name(part)
    if _of_literal(cursor, place):
        # Read when the expression is, by the type's input function.
        return Volatility.CONSTANT, part.at
    return (Volatility.STABLE if built_in(kind) else Volatility.UNKNOWN), part.at


def _of_literal(cursor: Cursor, place: int) -> bool:
    """Whether the cast, whose mark is at ``place``, is of a literal or of an array without elements."""
    words = cursor.words[cursor.at : place]
    if not words:
        return False
    before = cursor.tokens[place - 1]
    single = cursor.words[place] == "::" or words[-3:-1] == ["CAST", "("]
    if before.kind in (Kind.STRING, Kind.DOLLAR, Kind.NUMBER) or words[-1] in ("NULL", "TRUE", "FALSE"):
        return single
    return words[-3:] == ["ARRAY", "[", "]"]


def built_in(kind: Type) -> bool:
    """Whether the type, which may be of a value rather than of a column, comes with PostgreSQL."""
    return is_built_in(kind) or kind.name.startswith("interval ")


def in_cast(words: list[str], first: int, place: int) -> bool:
    """Whether the AS there is that of CAST."""
    depth = 0
    for before in range(place - 1, first - 1, -1):
        if words[before] in (")", "]"):
            depth += 1
        elif words[before] in ("(", "["):
            depth -= 1
            if depth < 0:
                return before > first and words[before - 1] == "CAST"
    return False


def _zoned_times(words: list[str]) -> bool:
    """Whether a time with time zone meets another zone, which is VOLATILE up to 17."""
    moves = "TIMEZONE" in words or "ZONE" in words
    times = {"CURRENT_TIME", "TIMETZ"} & set(words)
    for place, word in enumerate(words[:-2]):
        if word == "TIME" and "WITH" in words[place + 1 : place + 5]:
            times.add(word)
    return moves and bool(times)
