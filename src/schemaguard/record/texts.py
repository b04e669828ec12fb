"""The texts that a server is sent, taken apart and made fit to be kept."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from schemaguard.sql.lexer import Kind, LexError, Token, tokens
from schemaguard.sql.split import Bad, Cut, CutKind, split

#: So much of a statement that cannot be recorded is shown.
SHOWN = 200


def statements(text: str) -> Iterator[str | None]:
    """Those of one message of the simple protocol, in order; None: what cannot be read."""
    start: int | None = 0
    while start is not None:
        parts, start = split(text, start, in_psql=False), None
        for part in parts:
            if isinstance(part, Bad):
                yield None
            elif isinstance(part, Cut):
                yield text[part.start : part.end]
                if part.kind is CutKind.COPY:
                    # Its data are no part of the message, as they are of a script.
                    start = part.end + 1
                    break


def bare(sql: str) -> str:
    """Without comments: tools write the address of a request into them."""
    found = tokens(sql)
    if not found:
        return ""
    parts = [found[0].text]
    for before, token in pairwise(found):
        gap = sql[before.end : token.start]
        parts += [gap if not gap.strip() else " ", token.text]
    return "".join(parts)


def of_the_session(sql: str) -> bool:
    """Whether a SELECT does what SET, SHOW and RESET do, and needs nothing of the schema."""
    words = {token.upper for token in tokens(sql)}
    about = ("SET_CONFIG", "CURRENT_SETTING", "PG_ADVISORY_UNLOCK_ALL")
    return not words.isdisjoint(about) and "FROM" not in words


def has_parameters(sql: str) -> bool:
    """Whether there is a ``$1``: what else is constant in it was written by a programmer."""
    return any(token.kind is Kind.PARAM and token.text[0] == "$" for token in tokens(sql))


def without_values(sql: str) -> str:
    """The beginning of a statement, with ``?`` for each constant."""
    try:
        found = tokens(sql)
    except LexError:
        return "a text that is no SQL"
    constant = (Kind.STRING, Kind.DOLLAR, Kind.NUMBER)
    shown = " ".join("?" if token.kind in constant else token.text for token in found)
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 3] + "..."


def unwrapped(sql: str) -> tuple[str, tuple[str, ...]]:
    """The query of a DECLARE or PREPARE, with the types that the latter declares; else the text itself."""
    found = tokens(sql)
    words = [token.upper for token in found]
    if words[:1] == ["DECLARE"] and "CURSOR" in words and "FOR" in words:
        return sql[found[words.index("FOR")].end :].strip(), ()
    if words[:1] != ["PREPARE"] or words[1:2] == ["TRANSACTION"] or "AS" not in words:
        return sql, ()
    start = words.index("AS")
    return sql[found[start].end :].strip(), _types(sql, found[3 : start - 1])


def _types(sql: str, within: list[Token]) -> tuple[str, ...]:
    """The types between the brackets of a PREPARE."""
    types: list[str] = []
    first: Token | None = None
    depth = 0
    for place, token in enumerate(within):
        first = first or token
        depth += (token.text == "(") - (token.text == ")")
        last = place == len(within) - 1
        if not depth and (last or within[place + 1].text == ","):
            if token.text != ",":
                types.append(sql[first.start : token.end])
            first = None
        elif token.text == "," and not depth:
            first = None
    return tuple(types)


#: A parameter that names a sequence or a table.
BY_NAME = re.compile(
    r"\b(?:nextval|currval|setval|pg_get_serial_sequence|to_regclass)\s*\(\s*(?:CAST\s*\(\s*)?\$(\d+)",
    re.IGNORECASE,
)


def objects(sql: str, value: Callable[[int], str | None]) -> dict[str, str]:
    """The names among the values: a need, and nobody's secret. ``value`` tells that of a parameter."""
    found = {match[1]: value(int(match[1])) for match in BY_NAME.finditer(sql)}
    return {place: name for place, name in found.items() if name is not None}
