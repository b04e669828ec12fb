"""An SQL file, and how its statements become a ``Source``. What all layouts have in common."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from schemaguard.dataclass import dataclass
from schemaguard.phase import Phase
from schemaguard.sources.decode import read_text
from schemaguard.sources.directives import Directive, directives
from schemaguard.sql.split import Bad, Cut, CutKind, Remark, split
from schemaguard.text import Begun, Lines, Piece, Place, Problem, Source

_BEGINS_TRANSACTION = re.compile(r"(?:begin|start\s+transaction)\b", re.IGNORECASE)
_ENDS_TRANSACTION = re.compile(r"(?:commit|end|abort|rollback(?!\s+(?:\w+\s+)?to\b))\b", re.IGNORECASE)


@dataclass(frozen=True)
class Script:
    """A file: where it is, how it is shown, what it says."""

    file: Path
    path: str
    text: str
    #: What is to be in files beside it, where that is not what is there now.
    besides: Mapping[Path, str] = field(default_factory=dict)

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.text)

    def beside(self, name: str) -> str | None:
        """What the file of that name beside it says; None: there is none."""
        file = self.file.with_name(name)
        if file in self.besides:
            return self.besides[file]
        return read_text(file, str(file)) if file.is_file() else None

    def place(self, start: int, end: int) -> Place:
        """The place of ``text[start:end]``."""
        return self.lines.place(self.path, start, end)

    def problem(self, message: str, start: int = 0, end: int | None = None) -> Problem:
        """What is wrong at ``text[start:end]``; without places, with the file."""
        return Problem(message=message, place=self.place(start, start if end is None else end))

    def cut(self, start: int = 0, end: int | None = None, *, in_psql: bool = False) -> "Parts":
        """The statements of ``text[start:end]``."""
        return Parts(tuple(split(self.text, start, end, in_psql=in_psql)))

    def unread(self, message: str) -> Source:
        """Nothing of it can be read."""
        return Source(path=self.path, pieces=(), problems=(self.problem(message),))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a script falls into."""

    all: tuple[Cut | Bad | Remark, ...] = ()

    def __add__(self, other: "Parts") -> "Parts":
        return Parts((*self.all, *other.all))

    @property
    def cuts(self) -> list[Cut]:
        return [part for part in self.all if isinstance(part, Cut)]

    def refusing_data(self, tool: str) -> "Parts":
        """With the data of COPY as something Bad: the tool sends it to the server as if it were SQL."""
        message = f"COPY ... FROM STDIN: {tool} sends its data to the server as if it were SQL"
        return Parts(
            tuple(
                Bad(part.start, part.end, message)
                if isinstance(part, Cut) and part.kind is CutKind.COPY
                else part
                for part in self.all
            )
        )

    def without_comments(self, prefix: str) -> "Parts":
        """Without the comments that are the tool's own annotations."""
        return Parts(
            tuple(
                replace(part, comments=tuple(c for c in part.comments if not c.startswith(prefix)))
                if isinstance(part, Cut) and part.comments
                else part
                for part in self.all
                if not (isinstance(part, Remark) and part.text.startswith(prefix))
            )
        )


class Sent(NamedTuple):
    """How a statement is sent: in which transaction, None being one of its own, and who has begun it."""

    block: int | None = None
    begun: Begun = Begun.TOOL


def one_message(script: Script, cuts: Sequence[Cut], blocks: Iterator[int]) -> list[Sent]:
    """The transactions of one message: one, and another after each COMMIT; a single statement has none."""
    if len(cuts) <= 1:
        return [Sent() for _ in cuts]
    sent: list[Sent] = []
    begun = Begun.MESSAGE
    for cut, (block, _) in zip(cuts, one_transaction(script, cuts, blocks), strict=True):
        if not sent or sent[-1].block != block:
            begun = Begun.MESSAGE
        sent.append(Sent(block, begun))
        if _BEGINS_TRANSACTION.match(script.text, cut.start, cut.end):
            begun = Begun.SCRIPT
    return sent


def one_transaction(script: Script, cuts: Sequence[Cut], blocks: Iterator[int]) -> list[Sent]:
    """The same for a message in front of which the tool sends BEGIN: a single statement has one, too."""
    sent: list[Sent] = []
    block = None
    for cut in cuts:
        block = next(blocks) if block is None else block
        sent.append(Sent(block))
        if ends_transaction(script, cut):
            block = None
    return sent


def ends_transaction(script: Script, cut: Cut) -> bool:
    """Whether the statement is COMMIT or ROLLBACK, in any of their forms."""
    return _ENDS_TRANSACTION.match(script.text, cut.start, cut.end) is not None


def by_psql(script: Script, cuts: Sequence[Cut], blocks: Iterator[int]) -> list[Sent]:
    r"""The transactions under psql: each statement is committed, those joined by ``\;`` are one message."""
    sent: list[Sent] = []
    joined: list[Cut] = []
    for cut in cuts:
        joined.append(cut)
        if cut.kind is not CutKind.JOINED:
            sent += one_message(script, joined, blocks)
            joined = []
    return sent + one_message(script, joined, blocks)


def source(
    script: Script,
    parts: Parts,
    sent: Sequence[Sent],
    *,
    header: Parts | None = None,
    problems: Iterable[Problem] = (),
    approximate: tuple[str, ...] = (),
    taken_back: bool | None = None,
) -> Source:
    """The migration, with how each statement is sent. ``header``: what stands above the part that runs.

    ``taken_back``: whether it says how to take it back; None: its tool does not ask for that.
    """
    phase, wrong = _directives(script, (header or Parts()) + parts)
    bad = [script.problem(part.message, part.start, part.end) for part in parts.all if isinstance(part, Bad)]
    return Source(
        path=script.path,
        pieces=tuple(
            Piece(
                text=script.text[cut.start : cut.end],
                place=script.place(cut.start, cut.end),
                block=how.block,
                begun=how.begun,
                comments=cut.comments,
            )
            for cut, how in zip(parts.cuts, sent, strict=True)
        ),
        phase=phase,
        problems=(*problems, *bad, *wrong),
        approximate=approximate,
        conventions=(no_way_back(script.place(0, 0)),) if parts.cuts and taken_back is False else (),
    )


def no_way_back(place: Place) -> tuple[str, Problem]:
    """What is found in a migration that does something, and has nothing that takes it back."""
    return ("no-way-back", Problem(message="it does not say how to take it back", place=place))


def does_something(text: str) -> bool:
    """Whether there is any statement in it."""
    return any(isinstance(part, Cut) for part in split(text, in_psql=False))


def _directives(script: Script, parts: Parts) -> tuple[Phase | None, list[Problem]]:
    """The phase, and what is wrong with directives: misspelt, or where they have no effect."""
    phase: Phase | None = None
    problems: list[Problem] = []
    at_top = True
    for part in parts.all:
        for directive in directives(_comments(part)):
            message = directive.problem or _misplaced(directive, part, phase, at_top=at_top)
            if message:
                problems.append(script.problem(f"schemaguard: {message}", part.start, part.end))
            elif directive.key == "phase":
                phase = directive.phase
        at_top = at_top and isinstance(part, Remark)
    return phase, problems


def _comments(part: Cut | Bad | Remark) -> Sequence[str]:
    match part:
        case Cut():
            return part.comments
        case Remark():
            return [part.text]
        case Bad():
            return []


def _misplaced(directive: Directive, part: Cut | Bad | Remark, phase: Phase | None, *, at_top: bool) -> str:
    """Why a directive that is right in itself has no effect where it stands."""
    if directive.key != "phase":
        loose = isinstance(part, Remark)
        return (
            f"{directive.key!r} belongs right above a statement, with no blank line between" if loose else ""
        )
    if not at_top:
        return "the phase is the whole file's, and belongs to its top"
    if phase not in (None, directive.phase):
        return f"the phase is {directive.value}, but above it is another"
    return ""
