"""Constants in a statement become parameters, so that no value is kept.

Only constants are exchanged; the rest of the text stays as it was sent. What the text needs in its place,
such as a position in ORDER BY, the length of a type or the name of a sequence, is left. Where a
parameter would not mean the same, or nobody can be sure, the answer is ``Unsure``.
"""

import re
from dataclasses import field

from schemaguard.dataclass import dataclass
from schemaguard.record.values_rows import rows_like_the_first
from schemaguard.sql.keywords import FUNCTIONS_ONLY, NOT_A_NAME, RESERVED
from schemaguard.sql.lexer import Kind, Token, tokens

#: A type, and whether the value was NULL.
Types = dict[str, tuple[str, bool]]


class Unsure(Exception):
    """Why the constants of a statement cannot be exchanged."""


@dataclass(slots=True)
class Exchanged:
    """A statement without its constants."""

    sql: str
    #: What the server takes the constants for: one or more, as the rows of VALUES may differ.
    types: list[Types] = field(default_factory=list)


_BEFORE_AN_EXPRESSION = (RESERVED | FUNCTIONS_ONLY | {"BETWEEN", "ESCAPE", "ROWS", "RANGE", "GROUPS"}) - {
    "ARRAY", "CAST", "COLLATE", "END", "NULL", "TRUE", "FALSE", "TABLE", "AS",
}  # fmt: skip
#: Types that may stand before a string, without a length and in one word.
_TYPED = frozenset(
    "DATE TIME TIMESTAMP TIMESTAMPTZ TIMETZ INTERVAL UUID JSON JSONB INET CIDR BYTEA TEXT BOOLEAN".split()
)
#: Functions whose arguments may be of any type.
_ANY = frozenset(
    """CONCAT CONCAT_WS FORMAT JSON_BUILD_OBJECT JSONB_BUILD_OBJECT JSON_BUILD_ARRAY JSONB_BUILD_ARRAY
    NUM_NULLS NUM_NONNULLS""".split()
)
_FIELDS = frozenset(("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"))
_WITH_LENGTH = frozenset(
    """CHAR VARCHAR BPCHAR CHARACTER VARYING NCHAR NUMERIC DECIMAL DEC FLOAT BIT VARBIT TIME TIMESTAMP TIMETZ
    TIMESTAMPTZ INTERVAL SECOND""".split()
)
#: Their first argument names something: a need, and nobody's secret.
_NAMING = frozenset(
    """NEXTVAL CURRVAL SETVAL PG_GET_SERIAL_SEQUENCE TO_REGCLASS TO_REGTYPE CURRENT_SETTING SET_CONFIG EXTRACT
    DATE_TRUNC DATE_PART""".split()
)
_ENDS_A_LIST = frozenset(
    "HAVING WINDOW ORDER LIMIT OFFSET FETCH FOR UNION INTERSECT EXCEPT ROWS RANGE GROUPS RETURNING".split()
)
_ALONE = frozenset(("", ",", ")", "(", "ASC", "DESC", "NULLS", "BY")) | _ENDS_A_LIST


def without_constants(sql: str) -> Exchanged:
    """The statement with ``$n`` for each constant."""
    return Exchange(sql).made()


class Exchange:
    """The tokens of a statement, and what may be done with them."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = tokens(sql)
        self.words = [token.upper for token in self.tokens]
        self.opened = _opened(self.words)
        self.listed = self._listed()
        self.kept = self._of_conflicts()
        #: What is in GROUP BY or ORDER BY has to be the same parameter as in the list of results.
        self.shared = {self.words[place] for place in self.listed if self.is_constant(place)}
        self.numbers: dict[str, int] = {}
        self.types: Types = {}
        self.count = 0

    def made(self) -> Exchanged:
        """The statement with parameters."""
        if self.words[:1] == ["COPY"]:
            return self._copy()
        alike = rows_like_the_first(self.words, self.opened, self.is_constant)
        gone = {place for row in alike for place in range(*row.places)}
        edits = [(self.tokens[row.places[0]].start, self.tokens[row.places[1] - 1].end, "") for row in alike]
        number_at: dict[int, str] = {}
        for place, token in enumerate(self.tokens):
            if token.kind is Kind.PARAM and token.text[0] == "$":
                raise Unsure("it has parameters of its own")
            if place not in gone and self.is_constant(place) and not self.stays(place):
                number_at[place] = number = self._number(place)
                edits.append(self.edit(place, f"${number}"))
        variants = [self.types]
        for row in alike:
            of_row = {number_at[first]: self._type(here) for first, here in row.twins if first in number_at}
            variant = {**self.types, **of_row}
            if variant not in variants:
                variants.append(variant)
        return Exchanged(self.edited(edits), variants)

    def edited(self, edits: list[tuple[int, int, str]]) -> str:
        """The text with some of its parts exchanged."""
        parts: list[str] = []
        done = 0
        for start, end, put in sorted(edits):
            parts += [self.sql[done:start], put]
            done = end
        return "".join(parts) + self.sql[done:]

    def _copy(self) -> Exchanged:
        inner = [place for place in range(len(self.words)) if self._in_query_of_copy(place)]
        if any(self.is_constant(place) for place in inner):
            raise Unsure("COPY takes no parameters in the place of its constants")
        return Exchanged(self.sql, [{}])

    def _in_query_of_copy(self, place: int) -> bool:
        outermost = self.opened[place]
        while outermost is not None and self.opened[outermost] is not None:
            outermost = self.opened[outermost]
        return outermost == 1 or "WHERE" in self.words[:place]

    def is_constant(self, place: int) -> bool:
        """Whether it is a value that somebody has written there."""
        token = self.tokens[place]
        match token.kind:
            case Kind.STRING | Kind.DOLLAR | Kind.NUMBER:
                return True
            case Kind.WORD if self.words[place] in ("TRUE", "FALSE", "NULL"):
                return self._alone(place)
            case _:
                return False

    def _alone(self, place: int) -> bool:
        """Whether a word is all that is compared, assigned, or put into a column by VALUES."""
        opening = self.opened[place]
        row = opening is not None and self.word(opening - 1) in ("VALUES", ",")
        whole = self.word(place - 1) == "=" or (row and self.word(place - 1) in ("(", ","))
        return whole and self.word(place + 1) in ("", ")", ",", "WHERE", "RETURNING", "FROM", "AND", "OR")

    def word(self, place: int) -> str:
        """In capitals; "" beyond the ends."""
        return self.words[place] if 0 <= place < len(self.words) else ""

    def stays(self, place: int) -> bool:
        """Whether the text needs this constant as it is."""
        token, before = self.tokens[place], self.word(place - 1)
        if place in self.kept:
            return True
        if token.kind is Kind.NUMBER:
            alone = before in _ALONE and self.word(place + 1) in _ALONE
            listed = place in self.listed and self.listed[place] == self.opened[place]
            return self._of_type(place) or (listed and alone)
        if token.kind is not Kind.STRING:
            return False
        if self.word(place + 1) == "::" and self.word(place + 2) == "REGCLASS":
            return True
        named = before == "(" and self.word(place - 2) in _NAMING
        return named or (before == "ZONE" and token.text == "'UTC'")

    def _of_type(self, place: int) -> bool:
        """Whether a number is a length, as in ``numeric(10, 2)``, or the bound of an array's type."""
        opening = self.opened[place]
        if opening is None or self.word(opening - 1) in NOT_A_NAME:
            return False
        if self.word(opening - 1) in _WITH_LENGTH:
            return True
        at = opening - 2
        while self.word(at) == ".":
            at -= 2
        around = self.opened[opening]
        cast = around is not None and self.word(around - 1) == "CAST" and self.word(at) == "AS"
        return cast or self.word(at) == "::"

    def _number(self, place: int) -> str:
        key = self.words[place]
        if key in self.shared and key in self.numbers:
            return str(self.numbers[key])
        self.count += 1
        self.numbers.setdefault(key, self.count)
        self.types[str(self.count)] = self._type(place)
        return str(self.count)

    def _type(self, place: int) -> tuple[str, bool]:
        token, word = self.tokens[place], self.words[place]
        if token.kind is Kind.NUMBER:
            return _number_type(token.text), False
        if token.kind is Kind.WORD:
            return ("", True) if word == "NULL" else ("bool", False)
        return "text" if self.is_any(place) else "", False

    def is_any(self, place: int) -> bool:
        """Whether it goes to a function that takes any type, and takes a constant for text."""
        opening = self.opened[place]
        around = self.word(place - 1) in ("(", ",") and self.word(place + 1) in (")", ",")
        return opening is not None and around and self.word(opening - 1) in _ANY

    def edit(self, place: int, parameter: str) -> tuple[int, int, str]:
        """What of the text is exchanged, with the type before a constant, and what for."""
        token, before = self.tokens[place], self.word(place - 1)
        if token.kind is Kind.STRING and token.text[0] in "bBxXnN":
            raise Unsure(f"it has a constant {token.text[0].upper()}'...'")
        previous = self.tokens[place - 1] if place else None
        if previous is None or (before not in (")", "]") and (previous.kind is Kind.OP or before == "?")):
            return token.start, token.end, parameter
        if before in _BEFORE_AN_EXPRESSION or (before == "BY" and self.word(place - 2) in ("ORDER", "GROUP")):
            return token.start, token.end, parameter
        if before == "ZONE" and self.word(place - 2) == "TIME" and self.word(place - 3) == "AT":
            return token.start, token.end, parameter
        if before in ("FIRST", "NEXT") and self.word(place - 2) == "FETCH":
            return token.start, token.end, parameter
        if self.is_typed(place):
            field = self.tokens[place + 1] if self.word(place + 1) in _FIELDS else None
            type_ = f"{previous.text} {field.text}" if field else previous.text
            return previous.start, (field or token).end, f"CAST({parameter} AS {type_})"
        raise Unsure(f"it has a constant after {_shown(previous)}")

    def is_typed(self, place: int) -> bool:
        """Whether a type of one word stands before it, as in ``date '2020-01-01'``."""
        if self.tokens[place].kind is Kind.NUMBER:
            return False
        if self.word(place + 1) in _FIELDS and self.word(place + 2) in ("TO", "("):
            return False
        earlier = self.tokens[place - 2] if place > 1 else None
        begins = earlier is None or earlier.kind is Kind.OP or earlier.upper in _BEFORE_AN_EXPRESSION
        return self.word(place - 1) in _TYPED and begins

    def _listed(self) -> dict[int, int | None]:
        """The places in ORDER BY, GROUP BY and DISTINCT ON, and the bracket that these are in."""
        found: dict[int, int | None] = {}
        for place, word in enumerate(self.words):
            by = word in ("ORDER", "GROUP") and self.word(place + 1) == "BY"
            if not by and not (word == "DISTINCT" and self.word(place + 1) == "ON"):
                continue
            level = self.opened[place] if by else place + 2
            for inner in range(place + 2, len(self.words)):
                within = self._within(inner, level)
                if not within or (self.opened[inner] == level and self.words[inner] in _ENDS_A_LIST):
                    break
                found[inner] = level
        return found

    def _within(self, place: int, level: int | None) -> bool:
        if place == level:
            return True
        if self.words[place] in (")", "]") and self.opened[place] == level and level is not None:
            return False
        at = self.opened[place]
        while at is not None and at != level:
            at = self.opened[at]
        return at == level

    def _of_conflicts(self) -> set[int]:
        """The places of ``ON CONFLICT ... DO``: they have to be as in the index."""
        found: set[int] = set()
        for place, word in enumerate(self.words):
            if word == "ON" and self.word(place + 1) == "CONFLICT":
                end = next((p for p in range(place, len(self.words)) if self.words[p] == "DO"), place)
                found.update(range(place, end))
        return found


def _opened(words: list[str]) -> list[int | None]:
    """For each place the bracket that is open there; what opens one is outside of it, what closes itwithin"""
    found: list[int | None] = []
    stack: list[int] = []
    for place, word in enumerate(words):
        found.append(stack[-1] if stack else None)
        if word in ("(", "["):
            stack.append(place)
        elif word in (")", "]") and stack:
            stack.pop()
    return found


def _number_type(text: str) -> str:
    digits = text.replace("_", "")
    if re.fullmatch(r"\d+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+", digits):
        value = int(digits, 0 if digits[:2].lower() in ("0x", "0o", "0b") else 10)
        return "int4" if value < 2**31 else "int8" if value < 2**63 else "numeric"
    return "numeric"


def _shown(token: Token) -> str:
    return f"the word {token.upper}" if token.kind is Kind.WORD else f"`{token.text}`"
