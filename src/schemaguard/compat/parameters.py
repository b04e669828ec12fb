"""Placeholders of the drivers become ``$1``, ``$2``... as the server sees them."""

import re
from collections.abc import Callable
from enum import Enum

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError
from schemaguard.sql.lexer import Kind, LexError, Token, tokens


class Style(Enum):
    """How a statement writes its parameters; the values are the DB-API's words where it has one."""

    #: ``$1``: PostgreSQL's own.
    NUMBERED = "numeric_dollar"
    #: ``%s`` and ``%(name)s``; ``%%`` is a percent sign.
    PYFORMAT = "pyformat"
    #: ``:name``
    NAMED = "named"
    #: ``?``
    QMARK = "qmark"
    #: There are none: what looks like one is text.
    LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class Numbered:
    """A statement with ``$n``, and what the driver calls the value of each."""

    sql: str
    #: A name, or a place from 1 as text.
    keys: tuple[str, ...]


# psycopg's own: it looks for them everywhere, in strings and comments, too.
_PYFORMAT = re.compile(r"%(?:%|\(([^)]+)\)([a-zA-Z])|([a-zA-Z])|(?=(.|\Z)))", re.DOTALL)


def numbered(sql: str, style: Style) -> Numbered:
    """The statement as it reaches the server."""
    match style:
        case Style.LITERAL:
            return Numbered(sql, ())
        case Style.PYFORMAT:
            return _from_pyformat(sql)
        case Style.NUMBERED:
            places = [int(token[1:]) for token in _parameters(sql) if re.fullmatch(r"\$\d+", token)]
            return Numbered(sql, tuple(str(place) for place in range(1, max(places, default=0) + 1)))
        case Style.NAMED:
            return _from_tokens(sql, lambda text, _: text[1:] if text.startswith(":") else None)
        case Style.QMARK:
            return _from_tokens(sql, lambda text, so_far: str(so_far + 1) if text == "?" else None)


def style_of(sql: str) -> Style:
    """The style that a statement without further notice is written in."""
    found = _parameters(sql)
    for style, pattern in (
        (Style.NUMBERED, r"\$\d+"),
        (Style.PYFORMAT, r"%\(\w+\)s"),
        (Style.NAMED, r":[A-Za-z_]\w*"),
        (Style.QMARK, r"\?"),
    ):
        if any(re.fullmatch(pattern, token) for token in found):
            return style
    return Style.PYFORMAT if re.search(r"(?<![\w%])%s(?!\w)", sql) else Style.LITERAL


def squeezed(sql: str) -> str:
    """The statement without comments, one space between tokens: what makes two the same."""
    return " ".join(token.text for token in _tokens(sql))


def _from_pyformat(sql: str) -> Numbered:
    keys: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        name, of_name, plain, _ = found.groups()
        if (of_name or plain) not in ("s", "b", "t"):
            raise InputError(
                f"not a placeholder of psycopg: {sql[found.start() : found.start() + 8]!r}",
                advice="write %s or %(name)s, and %% for a percent sign",
            )
        if name is None:
            keys.append(str(len(keys) + 1))
            return f"${len(keys)}"
        if name not in keys:
            keys.append(name)
        return f"${keys.index(name) + 1}"

    return Numbered(_PYFORMAT.sub(number, sql), tuple(keys))


def _from_tokens(sql: str, key_of: Callable[[str, int], str | None]) -> Numbered:
    keys: list[str] = []
    parts: list[str] = []
    done = 0
    for token in _tokens(sql):
        key = key_of(token.text, len(keys)) if token.kind is Kind.PARAM else None
        if key is None:
            continue
        if key not in keys:
            keys.append(key)
        parts += [sql[done : token.start], f"${keys.index(key) + 1}"]
        done = token.end
    return Numbered("".join(parts) + sql[done:], tuple(keys))


def _parameters(sql: str) -> list[str]:
    return [token.text for token in _tokens(sql) if token.kind is Kind.PARAM]


def _tokens(sql: str) -> list[Token]:
    try:
        return tokens(sql)
    except LexError as error:
        raise InputError(f"this statement cannot be read: {error.what}: {sql[:60]!r}") from error
