"""What string constants say: quotes and escapes undone."""

import re

from schemaguard.sql.lexer import Kind, Token
from schemaguard.sql.reject import Reject

_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ESCAPE = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))|''"
)
# Parts of one string with a newline between them.
_PARTS = re.compile(r"'((?:[^'\\]|''|\\[\s\S])*)'")
_PLAIN_PARTS = re.compile(r"'((?:[^']|'')*)'")


def content(token: Token) -> str:
    """The value of a string constant."""
    if token.kind is Kind.DOLLAR:
        tag = token.text.index("$", 1) + 1
        return token.text[tag:-tag]
    prefix = token.text[0].upper()
    if prefix == "'":
        return "".join(part.replace("''", "'") for part in _PLAIN_PARTS.findall(_no_comments(token)))
    if prefix == "E":
        return _ESCAPE.sub(_escaped, "".join(_PARTS.findall(_no_comments(token))))
    raise Reject(f"a string of an unusual kind, {token.text[:20]}", token.start)


def _no_comments(token: Token) -> str:
    # Comments may stand between the parts: then a quote in one would be taken for a part's.
    if "--" in token.text and len(_PLAIN_PARTS.findall(token.text)) > 1:
        raise Reject("a string in several parts with comments between them", token.start)
    return token.text


def _escaped(found: re.Match[str]) -> str:
    octal, byte, short, long, other = found.groups()
    if octal is not None:
        return chr(int(octal, 8))
    code = byte or short or long
    if code is not None:
        return chr(int(code, 16))
    return "'" if other is None else _ESCAPES.get(other, other)
