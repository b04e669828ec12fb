"""What an index is over: columns and expressions, as CREATE INDEX and EXCLUDE have them."""

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.sql import plain
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.functions import of_tokens


@dataclass(frozen=True, slots=True)
class Element:
    """A column, or None with the columns that the expression uses, and its part in the index's name."""

    column: str | None
    used: frozenset[str]
    label: str
    #: The functions that the expression calls.
    calls: frozenset[Relation] = frozenset()


def index_element(part: Cursor) -> Element:
    """An element of an index, with its collation, operator class and order, up to the end."""
    if part.word == "(":
        element = _expression(part.inside())
    else:
        place = part.at
        # CAST is the one call here whose name is reserved.
        if not part.accept("CAST"):
            part.function_name("a column")
        while part.accept("."):
            part.label()
        call = part.word == "("
        end = part.closing() + 1 if call else part.at
        part.at = place
        if call:
            element = _expression(part.up_to(end))
        else:
            name = part.name("a column")
            element = Element(name, frozenset(), name)
    _order(part)
    return element


def _expression(cursor: Cursor) -> Element:
    calls = of_tokens(cursor).calls
    reading = plain.read(cursor)
    meaning = reading.meaning
    if meaning.named and not meaning.is_row:
        # PostgreSQL takes ((a)) for the column.
        return Element(next(iter(meaning.named)), frozenset(), meaning.label)
    return Element(None, reading.columns, meaning.label or "expr", calls)


def _order(part: Cursor) -> None:
    """Reads the collation, the operator class with its options, and the order."""
    if part.accept("COLLATE"):
        collation(part)
    if part.word not in ("", "ASC", "DESC", "NULLS"):
        part.function_name("an operator class")
        if part.accept("."):
            part.label()
        if part.word == "(":
            options(part)
    part.accept_one("ASC", "DESC")
    if part.accept("NULLS"):
        part.expect_one("FIRST", "LAST")
    part.finish()


def collation(cursor: Cursor) -> None:
    """Reads the name of a collation."""
    cursor.function_name("a collation")
    if cursor.accept("."):
        cursor.label("a collation")


def options(cursor: Cursor) -> None:
    """Reads ``(fillfactor = 70, ...)``, which changes nothing that anyone asks here."""
    within = cursor.inside()
    for option in within.parts():
        option.label("an option")
        if option.accept("."):
            option.label("an option")
        if option.accept("="):
            option.accept_one("-", "+")
            if option.word in ("", "(", ")", ",", "="):
                raise option.expected("a value")
            option.at += 1
        option.finish()
