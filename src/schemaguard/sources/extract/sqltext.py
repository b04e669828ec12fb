"""SQL as tokens: enough to follow a history's tables, no parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*|)\$.*?\$(?P=tag)\$)
  | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*')
  | (?P<string>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
  | (?P<quoted>(?:[uU]&)?"(?:[^"]|"")*")
  | (?P<word>[^\W\d][\w$]*)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)
  | (?P<sign>::|<>|!=|<=|>=|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)

IDENTIFIER = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)?\Z")


class Token(NamedTuple):
    """A token: ``value`` is what compares (words in small letters, quoted names without quotes)."""

    kind: str
    text: str
    value: str


def tokens(sql: str) -> list[Token]:
    """All tokens of ``sql`` but white space and comments."""
    found = []
    for match in TOKEN.finditer(sql):
        kind = match.lastgroup or ""
        kind = "dollar" if kind == "tag" else kind
        if kind == "space":
            continue
        text = match.group()
        value = text.lower() if kind == "word" else text
        if kind == "quoted":
            value = text[text.index('"') + 1 : -1].replace('""', '"')
        found.append(Token(kind, text, value))
    return found


def statements(sql: str) -> Iterator[list[Token]]:
    """The tokens of each statement of ``sql``."""
    current: list[Token] = []
    for token in tokens(sql):
        if token.kind == "sign" and token.text == ";":
            if current:
                yield current
            current = []
        else:
            current.append(token)
    if current:
        yield current


def spelled(found: list[Token]) -> str:
    """The tokens as text again, spaced as PostgreSQL spells types."""
    text = " ".join(token.value if token.kind == "word" else token.text for token in found)
    return re.sub(r"\s*([(),.\[\]]|::)\s*", r"\1", text).replace(",", ", ")


def split_top(found: list[Token], separator: str = ",") -> list[list[Token]]:
    """Cut at ``separator``, but not inside parentheses or brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in found:
        if token.kind == "sign":
            depth += (token.text in "([") - (token.text in ")]")
            if depth == 0 and token.text == separator:
                parts.append([])
                continue
        parts[-1].append(token)
    return [part for part in parts if part]


def words_of(sql: str) -> set[str]:
    """Every name that occurs in ``sql``, also inside its string and dollar-quoted literals."""
    found: set[str] = set()
    for token in tokens(sql):
        if token.kind in ("word", "quoted"):
            found.add(token.value)
        elif token.kind in ("string", "escaped", "dollar"):
            found.update(word.lower() for word in re.findall(r"[^\W\d][\w$]*", token.text))
    return found
