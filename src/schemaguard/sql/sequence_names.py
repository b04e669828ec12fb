"""Sequences that calls of nextval and the like name in a literal, which the server looks up at once."""

from schemaguard.names import Relation, shorten
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind, LexError, tokens

_TAKERS = frozenset({"CURRVAL", "NEXTVAL", "SETVAL"})


def sequences_in(cursor: Cursor) -> frozenset[Relation]:
    """Those of all calls in the expression whose tokens are left."""
    if _TAKERS.isdisjoint(cursor.words):
        return frozenset()
    named = (sequence_at(cursor, place) for place in range(cursor.at, cursor.stop - 3))
    return frozenset(one for one in named if one is not None)


def sequence_at(cursor: Cursor, place: int) -> Relation | None:
    """The one of the call whose name stands there; None: it is no such call, or looks it up when run."""
    if cursor.words[place] not in _TAKERS or cursor.words[place + 1] != "(":
        return None
    after = cursor.words[place + 3 : place + 5]
    of_literal = after[:1] in ([")"], [","]) or after == ["::", "REGCLASS"]
    elsewhere = cursor.words[place - 1 : place] == ["."] and cursor.words[place - 2] != "PG_CATALOG"
    literal = cursor.tokens[place + 2]
    if not of_literal or elsewhere or literal.kind is not Kind.STRING or not literal.text.startswith("'"):
        return None
    return _named(literal.text[1:-1].replace("''", "'"), cursor.schema)


def _named(text: str, schema: str) -> Relation | None:
    """What ``::regclass`` makes of the text."""
    try:
        parts = tokens(text)
    except LexError:
        return None
    names = [shorten(part.identifier) for part in parts[::2] if part.kind in (Kind.WORD, Kind.QUOTED)]
    if len(names) != (len(parts) + 1) // 2 or any(part.text != "." for part in parts[1::2]):
        return None
    match names:
        case [name]:
            return Relation(schema, name, qualified=False)
        case [namespace, name]:
            return Relation(namespace, name)
        case _:
            return None
