"""Which columns an expression names, and the same expression with other names, token by token."""

from collections.abc import Collection, Iterator, Mapping

from schemaguard.errors import InputError
from schemaguard.names import quote, shorten
from schemaguard.sql.lexer import Kind, Token, tokens

_NAMES = (Kind.WORD, Kind.QUOTED)


def named(text: str, columns: Collection[str]) -> frozenset[str]:
    """Those of the columns that the expression names. One that it only seems to name does no harm."""
    return frozenset(name for _, name in _mentions(tokens(text))) & frozenset(columns)


def reads_tables(text: str) -> bool:
    """Whether there is a query in the expression."""
    return any(token.upper in ("SELECT", "TABLE", "VALUES") for token in tokens(text))


def check_expression(text: str) -> None:
    """InputError where the text is not one expression: brackets that do not match, a second part."""
    depth: list[str] = []
    found = tokens(text)
    if not found:
        raise InputError("an expression is missing")
    for token in found:
        if token.kind is not Kind.OP:
            continue
        if token.text in "([":
            depth.append(token.text)
        elif token.text in ")]":
            if not depth or depth.pop() + token.text not in ("()", "[]"):
                raise InputError(f"{token.text} without its opening bracket in: {text}")
        elif token.text == ";" or (token.text == "," and not depth):
            raise InputError(f"one expression was expected, but there is more after {token.text} in: {text}")
    if depth:
        raise InputError(f"{depth[-1]} is never closed in: {text}")


def unqualified(text: str, columns: Collection[str]) -> str:
    """The expression over one table's row with each column by its name alone: ``t.a`` becomes ``a``."""
    found = tokens(text)
    cuts: list[tuple[int, int, str]] = []
    for place, name in _mentions(found):
        first = place
        while first >= 2 and found[first - 1].text == "." and found[first - 2].kind in _NAMES:
            first -= 2
        if name in columns and first < place:
            cuts.append((found[first].start, found[place].start, ""))
    return _replaced(text, cuts)


def exchanged(text: str, names: Mapping[str, str]) -> str:
    """The expression with other columns in the place of those named."""
    found = tokens(text)
    return _replaced(
        text,
        [
            (found[place].start, found[place].end, quote(names[name]))
            for place, name in _mentions(found)
            if name in names
        ],
    )


def _mentions(found: list[Token]) -> Iterator[tuple[int, str]]:
    """The tokens that may be a column: names that are neither a function's nor a qualifier."""
    for place, token in enumerate(found):
        after = found[place + 1].text if place + 1 < len(found) else ""
        before = found[place - 1].text if place else ""
        if token.kind in _NAMES and after not in ("(", ".") and before != "::":
            yield place, shorten(token.identifier)


def _replaced(text: str, cuts: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(cuts, reverse=True):
        text = text[:start] + new + text[end:]
    return text
