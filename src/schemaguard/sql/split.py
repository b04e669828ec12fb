"""Cuts a script into its statements, each with its exact place. Knows no statement's grammar.

A statement begins at its first token and ends with its last one; its semicolon
is no part of it. What cannot be cut is a ``Bad`` and never lost in silence.
"""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache

from schemaguard.dataclass import dataclass
from schemaguard.sql import lexer, psql
from schemaguard.sql.lexer import LexError
from schemaguard.sql.scope import HARMLESS, Scope, reads_stdin


class CutKind(Enum):
    """How a statement reaches the server."""

    STATEMENT = "statement"
    #: COPY ... FROM STDIN, with its data in the script.
    COPY = "copy"
    #: Ended by ``\\;``: psql sends it in one message with the next statement.
    JOINED = "joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """``text[start:end]`` is one statement."""

    start: int
    end: int
    #: Those right before it (no blank line between), in it, and behind it on its last line; markers stripped.
    comments: tuple[str, ...] = ()
    kind: CutKind = CutKind.STATEMENT


@dataclass(frozen=True, slots=True)
class Bad:
    """Nobody can tell what ``text[start:end]`` will do."""

    start: int
    end: int
    message: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment beside no statement; its text has no markers."""

    start: int
    end: int
    text: str


_SPACE = " \t\n\r\f\v"
_SPACE_OF_LINE = r"[ \t\f\v\r]*+"
_BLANK_LINE = r"\n[ \t\r\f\v]*\n"
_END_OF_DATA = r"\n\\\.[ \t]*\r?(?=\n|\Z)"

# What is unclosed is looked for to the end of the script, each time anew. After this many times
# a semicolon ends the statement whatever is open, so that a hopeless script ends in our lifetime.
_PATIENCE = 50


_NOT_PSQL = "a backslash outside quotes: the server refuses it, only psql has such commands"


def split(
    text: str, start: int = 0, end: int | None = None, *, in_psql: bool = True
) -> Iterator[Cut | Bad | Remark]:
    """The statements of ``text[start:end]`` in order, with offsets in ``text``.

    Without ``in_psql`` the script goes to the server as it is, where backslash
    commands are errors.
    """
    return _Cutter(text, start, len(text) if end is None else end, in_psql=in_psql).run()


@cache
def _patterns() -> tuple[Callable[[str, int, int], re.Match[str] | None], ...]:
    """What a script is searched for, compiled when first used."""
    return (
        re.compile(HARMLESS).match,
        re.compile(rf"{lexer.SPACE}*+").match,
        re.compile(_SPACE_OF_LINE).match,
        re.compile(_BLANK_LINE).search,
        re.compile(_END_OF_DATA).search,
        re.compile(lexer.LINE_COMMENT).match,
        re.compile(lexer.DOLLAR_TAG).match,
        psql.command_pattern().match,
    )


class _Cutter:
    """Walks through a script once, from ``at`` to ``stop``."""

    def __init__(self, text: str, start: int, stop: int, *, in_psql: bool) -> None:
        self.text = text
        self.at = start
        self.stop = stop
        self.in_psql = in_psql
        self.unclosed = 0
        (
            self.harmless, self.spaces, self.spaces_of_line, self.blank_line,
            self.end_of_data, self.line_comment, self.dollar_tag, self.command,
        ) = _patterns()  # fmt: skip

    def run(self) -> Iterator[Cut | Bad | Remark]:
        try:
            while True:
                comments = self.comments_before()
                near = self.right_before(comments)
                yield from comments[:near]
                if self.at >= self.stop:
                    return
                character = self.text[self.at]
                if character in ";\\":
                    yield from comments[near:]
                    yield from self.between_statements(character)
                else:
                    yield from self.statement([comment.text for comment in comments[near:]])
        except LexError as error:
            yield Bad(error.offset, self.stop, error.what)

    # Comments

    def comments_before(self) -> list[Remark]:
        """The comments before the next token, to which ``at`` moves."""
        found: list[Remark] = []
        while True:
            self.at = self.past(self.spaces, self.at)
            comment = self.comment(self.at)
            if comment is None:
                return found
            found.append(comment)
            self.at = comment.end

    def right_before(self, comments: list[Remark]) -> int:
        """From which of the comments on no blank line parts them from the token at ``at``."""
        near, following = len(comments), self.at
        if self.at >= self.stop:
            return near
        while near and not self.blank_line(self.text, comments[near - 1].end, following):
            near -= 1
            following = comments[near].start
        return near

    def comments_behind(self) -> list[str]:
        """The comments from ``at`` on that fill the rest of the line, past which ``at`` moves."""
        found: list[str] = []
        at = self.at
        while True:
            at = self.past(self.spaces_of_line, at)
            comment = self.comment(at)
            if comment is None:
                if at < self.stop and self.text[at] != "\n":
                    return []  # They stand before another statement on the same line.
                self.at = at
                return found
            found.append(comment.text)
            at = comment.end

    def comment(self, at: int) -> Remark | None:
        """The comment at ``at``, if there is one."""
        if self.text.startswith("--", at, self.stop):
            end = self.past(self.line_comment, at)
            return Remark(at, end, self.text[at + 2 : end].strip())
        if self.text.startswith("/*", at, self.stop):
            end = lexer.comment_end(self.text, at, self.stop)
            return Remark(at, end, self.text[at + 2 : end - 2].strip())
        return None

    def past(self, match: Callable[[str, int, int], re.Match[str] | None], at: int) -> int:
        """Where the pattern's match at ``at`` ends."""
        found = match(self.text, at, self.stop)
        return found.end() if found else at

    # Statements

    def statement(self, comments: list[str]) -> Iterator[Cut | Bad]:
        """The statement that begins at ``at``, and what its end brings with it."""
        start = self.at
        scope = Scope(self.text, start, self.stop, patient=self.unclosed < _PATIENCE)
        inner, flaw = self.go_to_end(scope)
        by_command = self.at < self.stop and self.text[self.at] != ";"
        if not by_command and (unclosed := scope.unclosed(self.at)):
            self.unclosed += 1
            yield Bad(unclosed.start, unclosed.end, unclosed.message)
            self.at = unclosed.end + 1
            return
        end = self.last_token(self.at, inner)
        kind, problems = self.ending()
        comments = [*comments, *(comment.text for comment in inner), *self.comments_behind()]
        if flaw:
            yield Bad(start, end, flaw)
        else:
            if kind is CutKind.STATEMENT and reads_stdin(self.text, start, end):
                kind = CutKind.COPY
            yield Cut(start=start, end=end, comments=tuple(comments), kind=kind)
        yield from problems
        if kind is CutKind.COPY:
            yield from self.data()

    def go_to_end(self, scope: Scope) -> tuple[list[Remark], str]:
        """Moves ``at`` to what ends the statement. The comments on the way, and what is wrong with it."""
        inner: list[Remark] = []
        flaw = ""
        while True:
            self.at = at = self.past(self.harmless, self.at)
            match self.text[at] if at < self.stop else "":
                case "$":
                    tag = self.dollar_tag(self.text, at, self.stop)
                    self.at = lexer.dollar_end(self.text, at, tag.end(), self.stop) if tag else at + 1
                case "-" | "/":
                    if comment := self.comment(at):
                        inner.append(comment)
                        self.at = comment.end
                case "(" | ")":
                    scope.parenthesis(at)
                    self.at += 1
                case "\\" if not self.sends(at):
                    flaw = flaw or self.flaw(at)
                    self.at = self.past(self.command, at)
                case ";" if scope.goes_on(at):
                    self.at += 1
                case "" | ";" | "\\":
                    return inner, flaw
                case quote:
                    raise LexError(lexer.never_ends(quote if quote == '"' else "'"), at)

    def last_token(self, end: int, comments: list[Remark]) -> int:
        """Where the last token before ``end`` ends."""
        ends = {comment.end: comment.start for comment in comments}
        while end in ends or self.text[end - 1] in _SPACE:
            end = ends.get(end, end - 1)
        return end

    def ending(self) -> tuple[CutKind, list[Bad]]:
        """Moves ``at`` past the semicolon or command that ends a statement."""
        if self.at >= self.stop:
            return CutKind.STATEMENT, []
        if self.text[self.at] == ";":
            self.at += 1
            return CutKind.STATEMENT, []
        if self.text.startswith("\\;", self.at):
            self.at += 2
            return CutKind.JOINED, []
        return CutKind.STATEMENT, list(self.backslash())

    def between_statements(self, character: str) -> Iterator[Bad]:
        """Moves ``at`` past an empty statement or a command."""
        if character == ";":
            self.at += 1
        elif not self.in_psql:
            end = self.past(self.command, self.at)
            yield Bad(self.at, end, _NOT_PSQL)
            self.at = end
        elif self.text.startswith((r"\;", "\\\\"), self.at):
            self.at += 2
        elif self.sends(self.at):
            start, self.at = self.at, self.past(self.command, self.at)
            end = self.last_token(self.at, [])
            yield Bad(start, end, "psql command without a statement: it sends the last one again")
        else:
            yield from self.backslash()

    # psql

    def backslash(self) -> Iterator[Bad]:
        """Moves ``at`` past a command of psql, which is Bad unless harmless."""
        start = self.at
        found = self.command(self.text, start, self.stop)
        assert found, "there is a backslash here"
        self.at = found.end()
        if why := psql.why_unknown(found[1], found[2]):
            yield Bad(start, self.last_token(self.at, []), psql.message(found[1], why))

    def sends(self, at: int) -> bool:
        """Whether the backslash at ``at`` ends a statement."""
        found = self.command(self.text, at, self.stop) if self.in_psql else None
        return found is not None and (found[1] in psql.SENDING or found[1][:1] == ";")

    def flaw(self, at: int) -> str:
        found = self.command(self.text, at, self.stop)
        name = found[1] if found else ""
        return psql.message(name, "it stands inside a statement") if self.in_psql else _NOT_PSQL

    def data(self) -> Iterator[Bad]:
        """Moves ``at`` past the data of COPY, which begins on the next line."""
        newline = self.text.find("\n", self.at, self.stop)
        newline = self.stop if newline < 0 else newline
        if self.text[self.at : newline].strip(_SPACE):
            yield Bad(self.at, newline, "this stands on the line of COPY ... FROM STDIN, before its data")
        found = self.end_of_data(self.text, newline, self.stop)
        if found is None:
            yield Bad(newline, self.stop, r"this data of COPY never ends: \. is missing")
        self.at = found.end() if found else self.stop
