"""Options in parentheses, as COPY and EXPLAIN have them: ``(name [value], ...)``."""

from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.strings import content


def option(part: Cursor) -> tuple[str, str]:
    """``name [value]``: in capitals."""
    name = part.label("an option").upper()
    value = ""
    if part.word == "(":
        part.inside()
    elif not part.done and part.word != "*":
        part.accept_one("-", "+")
        token = part.token
        if token.kind is Kind.STRING:
            value = content(token).upper()
        elif token.kind in (Kind.NUMBER, Kind.WORD):
            value = token.upper
        else:
            raise part.expected("a value")
        part.at += 1
    else:
        part.accept("*")
    part.finish()
    return name, value
