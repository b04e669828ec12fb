"""Parts of an expression that is known to be one, found by its tokens."""

from dataclasses import field

from schemaguard.column_types import Type
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema import Part, Volatility
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.functions import PUNCTUATION
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject
from schemaguard.sql.type_names import type_name

#: Words between operands, all of whose functions return NULL for NULL or may do so.
JOINING = frozenset(
    """IN LIKE ILIKE SIMILAR TO BETWEEN SYMMETRIC ASYMMETRIC AND NOT ESCAPE AT TIME ZONE LOCAL COLLATE
    OVERLAPS ANY SOME ALL IS DISTINCT FROM FOR PLACING LEADING TRAILING BOTH""".split()
)


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens that are a part of the expression."""

    start: int
    stop: int

    def __contains__(self, place: int) -> bool:
        return self.start <= place < self.stop


@dataclass(slots=True)
class Found:
    """What becomes of parts."""

    dropped: list[Span] = field(default_factory=list)
    #: Perhaps.
    loose: list[Span] = field(default_factory=list)
    #: See ``Part``.
    within: list[tuple[Span, Relation]] = field(default_factory=list)
    given_null: list[tuple[Span, Relation]] = field(default_factory=list)

    def at(self, place: int) -> Part | None:
        """What is known of the token there; None: it is dropped."""
        if any(place in one for one in self.dropped):
            return None
        return Part(
            volatility=Volatility.CONSTANT,
            loose=any(place in one for one in self.loose),
            within=frozenset(name for one, name in self.within if place in one),
            given_null=frozenset(name for one, name in self.given_null if place in one),
        )


def span(part: Cursor) -> Span:
    return Span(part.at, part.stop)


def is_number(part: Cursor, place: int) -> bool:
    return place < part.stop and part.tokens[place].kind is Kind.NUMBER


def is_operator(part: Cursor) -> bool:
    return part.token.kind is Kind.OP and part.word not in PUNCTUATION


def after_case(part: Cursor, start: int) -> int:
    """The place after the END that belongs to the CASE there."""
    depth = 0
    for place in range(start, part.stop):
        before = part.words[place - 1] if place else ""
        if before != ".":
            depth += {"CASE": 1, "END": -1}.get(part.words[place], 0)
        if depth == 0:
            return place + 1
    raise part.expected("END")


def find(part: Cursor, *words: str) -> int:
    """The place of the first of the words outside of brackets and of CASE, or the end."""
    depth = between = 0
    for place in range(part.at, part.stop):
        word = part.words[place]
        before = part.words[place - 1] if place else ""
        if depth == 0 and before != ".":
            if word == "AND" and between:
                between -= 1
                continue
            if word in words:
                return place
            between += word == "BETWEEN"
        if word in ("(", "[") or (word == "CASE" and before != "."):
            depth += 1
        elif word in (")", "]") or (word == "END" and before != "."):
            depth -= 1
    return part.stop


def split(part: Cursor, word: str) -> list[Cursor]:
    """What is between the words outside of brackets; nothing is left to the cursor if there are such."""
    ahead, found = part.copy(), []
    while True:
        found.append(ahead.up_to(find(ahead, word)))
        if not ahead.accept(word):
            break
    return found


def typed_literal(part: Cursor) -> Type | None:
    """Reads ``date '2000-01-01'`` and the like, if that comes next; the type of it."""
    ahead = part.copy()
    try:
        kind = type_name(ahead)
    except Reject:
        return None
    if ahead.done or ahead.token.kind not in (Kind.STRING, Kind.DOLLAR):
        return None
    part.at = ahead.at + 1
    return kind


def arguments(word: str, within: Cursor) -> list[Cursor]:
    """The arguments, without what is written beside their values."""
    if word == "EXTRACT":
        within.at += 2
    found = split(within, ",") if not within.done else []
    for one in found:
        one.accept("VARIADIC")
        if one.look() in ("=>", ":="):
            one.at += 2
    return found
