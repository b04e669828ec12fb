"""What the tokens of a kept statement name: see ``schemaguard.mentions``."""

from collections.abc import Iterable, Iterator

from schemaguard.mentions import ALL, Mentions, Name
from schemaguard.names import Relation, shorten
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.functions import of_tokens
from schemaguard.sql.keywords import RESERVED
from schemaguard.sql.lexer import Kind

_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE")
#: What comes before the name of a relation that may get another one.
_BEFORE_RELATION = ("FROM", "JOIN", ",", "INTO", "UPDATE", "ONLY", "LATERAL", "USING", ".", "(")
#: What comes after such a name and is none.
_NO_ALIAS = RESERVED | {"SET", "VALUES", "CROSS", "INNER", "LEFT", "RIGHT", "FULL", "NATURAL", "JOIN"}


def mentions(cursor: Cursor, reads: Iterable[Relation], writes: Iterable[Relation] = ()) -> Mentions:
    """What all that is left of the cursor names, which stays where it is."""
    read, written = frozenset(reads), frozenset(writes)
    relations = tuple(sorted(read | written))
    inserts = cursor.word == "INSERT"
    return Mentions(
        relations=relations,
        filled=written - read if inserts else frozenset(),
        names=frozenset(_names(cursor)).union(_targets(cursor) if inserts else ()),
        aliases=frozenset(_aliases(cursor, relations)),
        hidden=frozenset(_hidden(cursor)),
        calls=of_tokens(cursor).calls,
    )


def _targets(cursor: Cursor) -> Iterator[Name]:
    """The columns that INSERT fills: those in parentheses behind the table's name, or all."""
    at = cursor.copy()
    at.expect("INSERT", "INTO")
    table = at.relation()
    if at.accept("AS"):
        at.name()
    if at.word == "(" and at.look() not in _QUERIES:
        yield from (Name(name, table.name) for name in at.names())
    else:
        yield Name(ALL, table.name)


def _names(cursor: Cursor) -> Iterator[Name]:
    words, tokens = cursor.words, cursor.tokens
    inside = [cursor.word in _QUERIES]
    for place in range(cursor.at, cursor.stop):
        word, before = words[place], words[place - 1] if place > cursor.at else ""
        following = words[place + 1] if place + 1 < cursor.stop else ""
        if word == "(":
            inside.append(inside[-1] or following in _QUERIES)
        elif word == ")" and len(inside) > 1:
            inside.pop()
        elif word == "*" and before in ("SELECT", ",", ".", "DISTINCT", "ALL"):
            yield Name(ALL, _of(cursor, place), inside[-1])
        elif _is_name(cursor, place) and following not in ("(", ".") and before != "AS":
            yield Name(shorten(tokens[place].identifier), _of(cursor, place), inside[-1])


def _is_name(cursor: Cursor, place: int) -> bool:
    kind = cursor.tokens[place].kind
    return kind is Kind.QUOTED or (kind is Kind.WORD and cursor.words[place] not in RESERVED)


def _of(cursor: Cursor, place: int) -> str:
    if place - cursor.at < 2 or cursor.words[place - 1] != ".":
        return ""
    return shorten(cursor.tokens[place - 2].identifier)


def _aliases(cursor: Cursor, relations: tuple[Relation, ...]) -> Iterator[tuple[str, Relation]]:
    for place in range(cursor.at, cursor.stop - 1):
        token, before = cursor.tokens[place], cursor.words[place - 1] if place > cursor.at else ""
        if token.kind not in (Kind.WORD, Kind.QUOTED) or before not in _BEFORE_RELATION:
            continue
        at = place + 1 + (cursor.words[place + 1] in ("AS", "*"))
        if at >= cursor.stop or cursor.words[at] in _NO_ALIAS:
            continue
        if cursor.tokens[at].kind in (Kind.WORD, Kind.QUOTED):
            for relation in relations:
                if relation.name == shorten(token.identifier):
                    yield shorten(cursor.tokens[at].identifier), relation


def _hidden(cursor: Cursor) -> Iterator[str]:
    """Names of queries and of what functions return, and other names with a list of columns."""
    words = cursor.words
    whole = "WITH" in words[cursor.at : cursor.stop]
    for place in range(cursor.at, cursor.stop):
        before = words[place - 1] if place > cursor.at else ""
        if before == "AS":
            before = words[place - 2]
        following = words[place + 1] if place + 1 < cursor.stop else ""
        if cursor.tokens[place].kind in (Kind.WORD, Kind.QUOTED) and (
            whole or before == ")" or following == "("
        ):
            yield shorten(cursor.tokens[place].identifier)
