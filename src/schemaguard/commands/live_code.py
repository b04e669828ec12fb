"""Lint with workloads: what breaks is what the statements of the code that runs need, tried on a shadow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from schemaguard.breaks import Break
from schemaguard.compat.verdict import Red, Unknown, Verdict, badness, is_green
from schemaguard.dataclass import dataclass
from schemaguard.frame import transactions
from schemaguard.lint import BROKEN, Reported
from schemaguard.phase import Phase
from schemaguard.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from schemaguard.compat.cells import Matrix, Participant
    from schemaguard.compat.workload import Workload
    from schemaguard.frame import Effect, Frame
    from schemaguard.postgres.check_states import Builder


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCode:
    """The code that runs while the migration does."""

    workloads: tuple[Workload, ...]
    #: A server for shadow databases; None: the embedded one.
    shadow_url: str | None = None
    major: int | None = None

    def settle(self, frames: Sequence[Frame], before: str | Builder) -> Settled:
        """Try all its statements after each frame of a release. DatabaseError: ``before`` cannot be built."""
        from schemaguard.compat.cells import Participant, Side
        from schemaguard.postgres.shadow import shadow_server
        from schemaguard.verify import check_naive, controls_transaction

        texts = [frame.statement.text for frame in frames]
        participants = [Participant(Side.BASELINE, workload) for workload in self.workloads]
        with shadow_server(self.shadow_url, self.major) as server:
            matrix = check_naive(texts, before, participants, server)
        worst, begin = _worst(matrix), 1
        answers: list[_Answer | None] = []
        for group in transactions(frames):
            states = [not controls_transaction(frame.statement.text) for frame in group]
            end = begin + sum(states) - 1
            for is_state in states:
                answers.append(_answer(worst[begin - 1], worst[begin], worst[end]) if is_state else None)
                begin += is_state
        return Settled(frames, answers)


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement of one workload; without a name: what its recording lacks."""

    code: Participant
    id: str
    name: str
    origin: str

    def __str__(self) -> str:
        return f"{self.code.label}: {self.name or self.origin or 'a statement'}"


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a frame does to all statements."""

    #: Those that it breaks.
    broken: tuple[tuple[_Statement, Red], ...]
    #: Those that worked before, and of which it is not known whether they do.
    doubtful: tuple[tuple[_Statement, Unknown], ...]
    #: Of some it is not known.
    open: bool


class Settled:
    """A release whose breaks are those that its workloads meet."""

    def __init__(self, frames: Sequence[Frame], answers: Sequence[_Answer | None]) -> None:
        pairs = list(zip(frames, answers, strict=True))
        self.frames = tuple(
            frame if answer is None else _with_breaks(frame, answer) for frame, answer in pairs
        )
        self._unexplained: dict[int, _Answer] = {
            id(made): answer
            for made, (frame, answer) in zip(self.frames, pairs, strict=True)
            if answer is not None and not _is_explained(frame)
        }

    def broken(self, number: int, frame: Frame) -> Iterator[Reported]:
        """The statements that it breaks although no rule says so; ``number``: its place, from 1."""
        answer = self._unexplained.get(id(frame))
        if answer is None:
            return
        for statement, red in answer.broken:
            state = f" ({red.witness.sqlstate})" if red.witness.sqlstate else ""
            yield _reported(number, frame, statement, f"breaks: {red.witness.message}{state}", Severity.ERROR)
        for statement, unknown in answer.doubtful:
            yield _reported(number, frame, statement, f"may break: {unknown.reason}", Severity.DEPENDS)


def _reported(number: int, frame: Frame, statement: _Statement, told: str, severity: Severity) -> Reported:
    place = f", {statement.origin}" if statement.origin else ""
    return Reported(
        rule=BROKEN,
        family="breaking",
        severity=severity,
        message=f"{statement} {told}{place}",
        place=frame.statement.place,
        advice="`schemaguard check` shows it at each state, with a script that reproduces it.",
        statement=number,
        sql=frame.statement.text,
    )


def _worst(matrix: Matrix) -> list[dict[_Statement, Verdict]]:
    """Of each state the worst that is known of each statement, whatever rows and session; S0 first."""
    found: list[dict[_Statement, Verdict]] = []
    for state in (state for state in matrix.states if not state.failed):
        worst: dict[_Statement, Verdict] = {}
        for cell in matrix.cells:
            if cell.state == state:
                one = _Statement(cell.participant, cell.query, cell.name, cell.origin)
                worst[one] = max(worst.get(one, cell.verdict), cell.verdict, key=badness)
        found.append(worst)
    return found


def _answer(
    then: Mapping[_Statement, Verdict], now: Mapping[_Statement, Verdict], end: Mapping[_Statement, Verdict]
) -> _Answer:
    """What becomes of those that worked, when its transaction is committed."""
    broken, doubtful, unclear = [], [], False
    for statement, verdict in now.items():
        if is_green(verdict) or is_green(end[statement]):
            continue
        worked = is_green(then[statement])
        if isinstance(verdict, Red) and worked:
            broken.append((statement, verdict))
            continue
        unclear = True
        if isinstance(verdict, Unknown) and worked:
            doubtful.append((statement, verdict))
    return _Answer(tuple(broken), tuple(doubtful), unclear)


def _with_breaks(frame: Frame, answer: _Answer) -> Frame:
    names = [str(statement) for statement, _ in answer.broken]
    by = names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "") if names else ""
    explained = _is_explained(frame)

    def left(broken: Break) -> bool:
        return answer.open or (bool(by) and broken.certain)

    def settled(effect: Effect) -> Effect:
        kept = [broken for broken in effect.breaks if left(broken)]
        if explained and by:
            kept = [replace(broken, by=by) if broken.certain else broken for broken in kept]
        return replace(effect, breaks=tuple(kept))

    return replace(
        frame,
        effects=tuple(settled(effect) for effect in frame.effects),
        moments=tuple(_with_breaks(moment, answer) for moment in frame.moments),
    )


def _is_explained(frame: Frame) -> bool:
    """Whether the rules will say of it that something certainly breaks."""
    certain = any(broken.certain for effect in frame.effects for broken in effect.breaks)
    return certain and frame.phase is not Phase.CONTRACT
