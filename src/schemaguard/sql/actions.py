"""Where each action of an ALTER TABLE stands, so that a report can point to the one that it is about."""

from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.lexer import LexError, tokens
from schemaguard.sql.reject import Reject


def action_spans(text: str) -> tuple[tuple[int, int], ...]:
    """The range of each action in the text; () where it is no ALTER TABLE of several actions."""
    try:
        cursor = over(text, tokens(text))
        if not cursor.accept("ALTER", "TABLE"):
            return ()
        _past_table(cursor)
        spans = tuple(_span(part) for part in cursor.parts() if not part.done)
    except (LexError, Reject):
        return ()
    return spans if len(spans) > 1 else ()


def _past_table(cursor: Cursor) -> None:
    cursor.accept("IF", "EXISTS")
    only = cursor.accept("ONLY")
    bracket = only and cursor.accept("(")
    cursor.relation()
    if bracket:
        cursor.expect(")")
    cursor.accept("*")


def _span(part: Cursor) -> tuple[int, int]:
    return part.tokens[part.at].start, part.tokens[part.stop - 1].end
