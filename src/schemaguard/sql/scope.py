"""Where a semicolon does not end the statement: inside parentheses and BEGIN ATOMIC bodies."""

from itertools import islice

from schemaguard.dataclass import dataclass
from schemaguard.sql import lexer
from schemaguard.sql.lexer import Kind, LexError, scan

# What no end of a statement hides in, as far as it goes in one bite: plain text, words, quotes,
# and parentheses two deep that hold nothing else. A megabyte of INSERT is a few bites for each row.
_WORD = rf"(?![eE]'){lexer.IDENTIFIER}"
_PLAIN = r"[\x00-!\x23%&*+,.0-:<-@\[\]^`{-\x7f]++"
_QUOTES = rf"'[^']*+'|{lexer.ESCAPED_STRING}|\"[^\"]*+\""
_BITE = rf"{_PLAIN}|{_WORD}|{_QUOTES}|-(?!-)|/(?!\*)|\$[0-9]++"
_INNERMOST = rf"\((?>{_BITE})*+\)"
HARMLESS = rf"(?>{_BITE}|\((?>{_BITE}|{_INNERMOST})*+\))*+"


@dataclass(frozen=True, slots=True)
class Unclosed:
    """``text[start:end]`` opens what is never closed."""

    start: int
    end: int
    message: str


class Scope:
    """What is open in the statement at ``start``, as far as it has been read."""

    def __init__(self, text: str, start: int, stop: int, *, patient: bool) -> None:
        self.text = text
        self.start = start
        self.stop = stop
        self.patient = patient
        self.open: list[int] = []
        self.semicolons: list[int] = []
        self.routine = _creates_routine(text, start, stop)
        self.bodies = 0
        self.read_up_to = start

    def parenthesis(self, at: int) -> None:
        """Takes note of the parenthesis at ``at``. One too many closes nothing, as in psql."""
        if self.text[at] == "(":
            self.open.append(at)
        elif self.open:
            self.open.pop()

    def goes_on(self, semicolon: int) -> bool:
        """Whether the statement goes on behind this semicolon."""
        if not self.open and self.routine:
            self._read_bodies(semicolon)
        if not self.open and not self.bodies:
            return False
        self.semicolons.append(semicolon)
        return self.patient

    def unclosed(self, at: int) -> Unclosed | None:
        """What is still open at ``at``, where the statement must end; it ends at its first semicolon."""
        if self.open:
            end = next((place for place in self.semicolons if place > self.open[0]), self.stop)
            return Unclosed(self.open[0], end, "this parenthesis is never closed")
        end = self.semicolons[0] if self.semicolons else self.stop
        if self.routine and self.read_up_to < at:
            self._read_bodies(at)
        return Unclosed(self.start, end, "BEGIN ATOMIC without its END") if self.bodies else None

    def _read_bodies(self, semicolon: int) -> None:
        # BEGIN ATOMIC ... END, with CASE ... END in it. Each statement in the body has its
        # semicolon, so the body's END follows one. END and CASE may also be names and labels.
        depth, before = 0, ";" if self.read_up_to > self.start else ""
        for token in scan(self.text, self.read_up_to, semicolon):
            word = token.upper
            if word in ("(", ")"):
                depth += 1 if word == "(" else -1
            elif depth or before in (".", "AS"):
                pass
            elif (word == "ATOMIC" and before == "BEGIN") or (word == "CASE" and self.bodies):
                self.bodies += 1
            elif word == "END" and (self.bodies > 1 or (self.bodies and before in (";", "ATOMIC"))):
                self.bodies -= 1
            before = word
        self.read_up_to = semicolon + 1


def _creates_routine(text: str, start: int, stop: int) -> bool:
    if text[start : start + 6].upper() != "CREATE":
        return False
    try:
        words = [token.upper for token in islice(scan(text, start, stop), 4)]
    except LexError:
        return False  # It never ends, which whoever reads on will say.
    kind = words[3:] if words[1:3] == ["OR", "REPLACE"] else words[1:2]
    return kind in (["FUNCTION"], ["PROCEDURE"])


def reads_stdin(text: str, start: int, end: int) -> bool:
    """Whether the statement is a COPY whose data follows it in the script."""
    if text[start : start + 4].upper() != "COPY":
        return False
    depth, before = 0, ""
    for token in scan(text, start, end):
        if token.kind is Kind.OP and token.text in "()":
            depth += 1 if token.text == "(" else -1
        elif depth == 0 and before == "FROM" and token.upper == "STDIN":
            return True
        before = token.upper
    return False
