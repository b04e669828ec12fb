"""Which columns an expression names, and the same expression with other names, token by token."""

from collections.abc import Collection, Iterator, Mapping

from schemaguard.names import quote, shorten
from schemaguard.sql.lexer import Kind, Token, tokens

_NAMES = (Kind.WORD, Kind.QUOTED)


def named(text: str, columns: Collection[str]) -> frozenset[str]:
    """Those of the columns that the expression names. One that it only seems to name does no harm."""
    return frozenset(name for _, name in _mentions(tokens(text))) & frozenset(columns)


def only_column(text: str, columns: Collection[str]) -> str | None:
    """The column, where the expression is nothing but one of these."""
    found = [token for token in tokens(text) if token.text not in ("(", ")")]
    names = named(text, columns)
    return next(iter(names)) if len(found) == 1 and names else None


def alike(one: str, other: str) -> bool:
    """Whether two expressions are the same word for word, but for spaces, comments and capitals of words."""
    return [token.upper for token in tokens(one)] == [token.upper for token in tokens(other)]


def reads_tables(text: str) -> bool:
    """Whether there is a query in the expression."""
    return any(token.upper in ("SELECT", "TABLE", "VALUES") for token in tokens(text))


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
    return replaced(text, {name: quote(new) for name, new in names.items()})


def replaced(text: str, expressions: Mapping[str, str]) -> str:
    """The expression with others in the place of the columns named."""
    found = tokens(text)
    return _replaced(
        text,
        [
            (found[place].start, found[place].end, expressions[name])
            for place, name in _mentions(found)
            if name in expressions
        ],
    )


def is_null_test(text: str) -> str | None:
    """The column, where the expression is ``column IS NULL`` and nothing else."""
    found = [token for token in tokens(text) if token.text not in ("(", ")")]
    if len(found) == 3 and found[0].kind in _NAMES and [t.upper for t in found[1:]] == ["IS", "NULL"]:
        return shorten(found[0].identifier)
    return None


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
