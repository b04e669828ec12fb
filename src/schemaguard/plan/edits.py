"""The author's own statement, with a word put in where it would make others wait. Token by token."""

from collections.abc import Mapping

from schemaguard.names import Relation, quote
from schemaguard.sql.lexer import Kind, tokens
from schemaguard.sql.words import exchanged


def concurrently(text: str, name: str) -> str:
    """CREATE INDEX with CONCURRENTLY, under that name; it must not be there for IF NOT EXISTS to find."""
    found = tokens(text)
    index = next(place for place, token in enumerate(found) if token.upper == "INDEX")
    on = next(place for place, token in enumerate(found) if token.upper == "ON" and place > index)
    head = text[found[0].start : found[index].end]
    return f"{head} CONCURRENTLY {quote(name)} {text[found[on].start :]}"


def index_on(text: str, name: str, table: Relation, *, only: bool) -> str:
    """The same CREATE INDEX of another table: CONCURRENTLY, or ON ONLY it."""
    found = tokens(text)
    index = next(place for place, token in enumerate(found) if token.upper == "INDEX")
    on = next(place for place, token in enumerate(found) if token.upper == "ON" and place > index)
    last = on + 2 if found[on + 1].upper == "ONLY" else on + 1
    while found[last + 1].text == ".":
        last += 2
    head, rest = text[found[0].start : found[index].end], text[found[last].end :]
    how, where = ("", "ONLY ") if only else (" CONCURRENTLY", "")
    return f"{head}{how} {quote(name)} ON {where}{table}{rest}"


def over(text: str, name: str, columns: Mapping[str, str]) -> str:
    """CREATE INDEX CONCURRENTLY under another name, over other columns."""
    made = concurrently(text, name)
    # Behind the table's name: that may be a column's, too.
    parenthesis = next(token.start for token in tokens(made) if token.text == "(")
    return made[:parenthesis] + exchanged(made[parenthesis:], columns)


def drop_concurrently(text: str) -> str:
    """DROP INDEX with CONCURRENTLY, also where it has been done already."""
    found = tokens(text)
    words = [token.upper for token in found]
    start = 3 if words[2] == "CONCURRENTLY" else 2
    name = start + 2 if words[start : start + 2] == ["IF", "EXISTS"] else start
    return f"{text[: found[1].end]} CONCURRENTLY IF EXISTS {text[found[name].start :]}"


def not_valid(text: str) -> str:
    """ADD CONSTRAINT, the one action of its statement, with NOT VALID at its end."""
    last = tokens(text)[-1].end
    return f"{text[:last]} NOT VALID"


def has_word(text: str, *words: str) -> bool:
    """Whether one of the words is in the statement."""
    return any(token.upper in words for token in tokens(text))


def names(text: str, name: str) -> bool:
    """Whether the statement has the name in it."""
    return any(token.kind in (Kind.WORD, Kind.QUOTED) and token.identifier == name for token in tokens(text))
