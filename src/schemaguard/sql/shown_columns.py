"""The names of the columns that a query shows, as far as its text tells."""

from schemaguard.mentions import ALL
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind, Token

_NAMES = (Kind.WORD, Kind.QUOTED)
_OPENS, _CLOSES = ("(", "[", "CASE"), (")", "]", "END")
_AFTER_LIST = ("FROM", "WHERE", "UNION", "EXCEPT", "INTERSECT", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT")


def shown_columns(part: Cursor) -> tuple[str | None, ...]:
    """The names in their order, ``*`` for all, None for one that is not told; () where nothing is."""
    words, tokens = part.words[part.at : part.stop], part.tokens[part.at : part.stop]
    if words[:1] != ["SELECT"] or words[1:3] == ["DISTINCT", "ON"]:
        return ()
    start = 2 if words[1:2] and words[1] in ("ALL", "DISTINCT") else 1
    names: list[str | None] = []
    depth, begun = 0, start
    for place in range(start, len(words) + 1):
        word = words[place] if place < len(words) else ""
        if depth == 0 and (word in (",", "") or word in _AFTER_LIST):
            names.append(_name(words[begun:place], tokens[begun:place]))
            begun = place + 1
            if word != ",":
                return tuple(names)
        depth += (word in _OPENS) - (word in _CLOSES)
    return ()


def _name(words: list[str], tokens: list[Token]) -> str | None:
    if words == ["*"]:
        return ALL
    if len(words) >= 2 and words[-2] == "AS":
        return tokens[-1].identifier
    chain = len(words) % 2 == 1 and all(
        words[at] == "." if at % 2 else tokens[at].kind in _NAMES for at in range(len(words))
    )
    return tokens[-1].identifier if chain else None
