"""What was written and where: sources, their statements, and places in files."""

import re
from bisect import bisect_right
from dataclasses import field
from enum import Enum

from schemaguard.dataclass import dataclass
from schemaguard.phase import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A range in a file. Lines and columns count from 1, columns in characters; the end is exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class Begun(Enum):
    """Who has begun the transaction that a statement is in."""

    #: The migration tool, by a BEGIN of its own.
    TOOL = "tool"
    #: Nobody: statements that are sent in one message share one. A BEGIN makes it an ordinary one.
    MESSAGE = "message"
    #: The script, by a BEGIN in such a message.
    SCRIPT = "script"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One SQL statement, verbatim and without its terminating semicolon."""

    text: str
    place: Place
    #: Pieces with the same number run in one transaction which the migration
    #: tool opens and commits. None: the piece is sent by itself (autocommit),
    #: unless the script's own BEGIN is open.
    block: int | None = None
    #: Who has begun that transaction.
    begun: Begun = Begun.TOOL
    #: The comments directly before and beside the statement, markers stripped.
    comments: tuple[str, ...] = ()
    #: In a revision: the calls that led here, outermost first; its place itself is none of them.
    through: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A part of a source that could not be read, and why. Always a finding."""

    message: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One migration as its author wrote it: an Alembic revision, or an SQL file."""

    path: str
    pieces: tuple[Piece, ...]
    #: The Alembic revision's id; None for files.
    revision: str | None = None
    #: The ids of the revisions that it rests on.
    follows: tuple[str, ...] = ()
    #: The phase that the migration declares; None: undeclared.
    phase: Phase | None = None
    problems: tuple[Problem, ...] = ()
    #: Why the statements may not be exactly what will run; empty: they are exact.
    approximate: tuple[str, ...] = ()
    #: What conventions about whole migrations find in it, each with the name under which one selects it.
    conventions: tuple[tuple[str, Problem], ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """Turns offsets of a text into lines and columns."""

    text: str
    starts: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts", (0, *(found.end() for found in re.finditer("\n", self.text))))

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column, both from 1, of the character at ``offset``."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def place(self, path: str, start: int, end: int) -> Place:
        """The range from ``start`` up to, not including, ``end``."""
        line, column = self.position(start)
        end_line, end_column = self.position(end)
        return Place(path=path, line=line, column=column, end_line=end_line, end_column=end_column)
