"""Where the characters of a Python string literal stand in its file."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

_PREFIX = re.compile(r"(?P<prefix>[A-Za-z]*)(?P<quote>'''|\"\"\"|'|\")")
_ESCAPE = re.compile(
    r"\\(?:\r?\n|[0-7]{1,3}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|N\{[^}]*\}|[^\r])"
)


def offsets_of(text: str, start: int, end: int, value: str) -> list[tuple[int, int]] | None:
    """
    For each character of ``value`` the range in ``text`` that makes it. ``text[start:end]`` is one
    literal, or several side by side. None when that cannot be told for certain.
    """
    found: list[tuple[int, int]] = []
    spelled: list[str] = []
    try:
        for at, token in _strings(text[start:end]):
            match = _PREFIX.match(token)
            if match is None or set(match.group("prefix").lower()) - {"r", "u"}:
                return None
            quote = len(match.group("quote"))
            body = token[match.end() : -quote]
            raw = "r" in match.group("prefix").lower()
            spelled.append(ast.literal_eval(token))
            found.extend(_characters(body, start + at + match.end(), raw=raw))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return None
    whole = "".join(spelled)
    return found if whole == value and len(found) == len(value) else None


def _strings(segment: str) -> Iterator[tuple[int, str]]:
    """The string tokens of a segment with their offsets."""
    # In parentheses, so that lines may break between the tokens.
    wrapped = "(" + segment + ")"
    starts = [0]
    for line in io.StringIO(wrapped, newline=""):
        starts.append(starts[-1] + len(line))
    for token in tokenize.generate_tokens(io.StringIO(wrapped, newline="").readline):
        if token.type == tokenize.STRING:
            begin = starts[token.start[0] - 1] + token.start[1]
            finish = starts[token.end[0] - 1] + token.end[1]
            yield begin - 1, wrapped[begin:finish]
        elif token.type not in (
            tokenize.OP,
            tokenize.NL,
            tokenize.NEWLINE,
            tokenize.COMMENT,
            tokenize.ENDMARKER,
        ):
            raise ValueError(token.string)


def _characters(body: str, at: int, *, raw: bool) -> Iterator[tuple[int, int]]:
    place = 0
    while place < len(body):
        match = None if raw else _ESCAPE.match(body, place)
        if match is not None:
            length = len(match.group())
            if match.group()[1:] in ("\n", "\r\n"):
                pass  # The line goes on: no character.
            elif length == 2 and match.group()[1] not in "\\'\"abfnrtv01234567":
                yield at + place, at + place + 1
                yield at + place + 1, at + place + 2
            else:
                yield at + place, at + place + length
            place += length
        else:
            # Python reads a line's end as one character.
            width = 2 if body.startswith("\r\n", place) else 1
            yield at + place, at + place + width
            place += width
