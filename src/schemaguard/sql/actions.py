"""Where each action of an ALTER TABLE stands: for reports that point to it, and for what replaces it."""

from schemaguard.dataclass import dataclass
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.lexer import LexError, tokens
from schemaguard.sql.reject import Reject


@dataclass(frozen=True, slots=True)
class Alteration:
    """What an ALTER TABLE says before its actions, and the range of each of these in its text."""

    if_exists: bool
    only: bool
    #: The table's name as it is written.
    table: str
    actions: tuple[tuple[int, int], ...]


def action_spans(text: str) -> tuple[tuple[int, int], ...]:
    """The range of each action in the text; () where it is no ALTER TABLE of several actions."""
    found = alteration(text)
    return found.actions if found is not None and len(found.actions) > 1 else ()


def alteration(text: str) -> Alteration | None:
    """The parts of an ALTER TABLE; None where it is none."""
    try:
        cursor = over(text, tokens(text))
        if not cursor.accept("ALTER", "TABLE"):
            return None
        if_exists = cursor.accept("IF", "EXISTS")
        only = cursor.accept("ONLY")
        bracket = only and cursor.accept("(")
        begin = cursor.offset
        cursor.relation()
        table = text[begin : cursor.tokens[cursor.at - 1].end]
        if bracket:
            cursor.expect(")")
        cursor.accept("*")
        return Alteration(
            if_exists, only, table, tuple(_span(part) for part in cursor.parts() if not part.done)
        )
    except (LexError, Reject):
        return None


def _span(part: Cursor) -> tuple[int, int]:
    return part.tokens[part.at].start, part.tokens[part.stop - 1].end
