"""A matrix as tuples, strings and numbers, and back, to be kept where the question is kept with it."""

from collections.abc import Sequence
from dataclasses import fields

from schemaguard.compat.cells import BEFORE, Cell, Matrix, Participant, Session, Side, State
from schemaguard.compat.observation import History, Vector, Write
from schemaguard.compat.verdict import Kind, Proven, Red, Tested, Unknown, Verdict, Witness

#: Of a cell, its participant, state, statement, history, session and verdict, each by number.
_Cell = tuple[int, int, int, int, int, int]
_About = tuple[str, str, str, bool]
_Told = tuple[str, object]
#: The participant, the statement, the types and values, and the number.
_Written = tuple[int, int, tuple[str, ...], tuple[str | None, ...], int]
Record = tuple[
    list[_Cell],
    list[_About],
    list[_Told],
    tuple[str, ...],
    tuple[str, ...],
    list[tuple[int, list[_Written]]],
]

_HISTORIES, _SESSIONS, _SIDES = tuple(History), tuple(Session), tuple(Side)


def record_of(matrix: Matrix) -> Record:
    """All but the states and the participants, which are the question."""
    states = {id(state): place for place, state in enumerate(matrix.states)}
    participants = {id(participant): place for place, participant in enumerate(matrix.participants)}
    verdicts: dict[int, tuple[int, Verdict]] = {}
    about: dict[_About, int] = {}
    cells = [
        (
            participants[id(cell.participant)],
            states[id(cell.state)],
            about.setdefault((cell.query, cell.name, cell.origin, cell.writes), len(about)),
            _HISTORIES.index(cell.history),
            _SESSIONS.index(cell.session),
            verdicts.setdefault(id(cell.verdict), (len(verdicts), cell.verdict))[0],
        )
        for cell in matrix.cells
    ]
    told = [_told(verdict) for _, verdict in verdicts.values()]
    writes = [
        (_SIDES.index(side), [_written(write, matrix.participants) for write in writes])
        for side, writes in matrix.writes.items()
    ]
    return cells, list(about), told, matrix.notes, matrix.rows, writes


def matrix_of(record: Record, states: Sequence[State], participants: Sequence[Participant]) -> Matrix:
    """The matrix over these. ValueError, TypeError, LookupError: it is no such record."""
    cells, about, told, notes, rows, writes = record
    places = (BEFORE, *states)
    verdicts = [_verdict(one) for one in told]
    return Matrix(
        states=places,
        participants=tuple(participants),
        cells=tuple(_cell(one, about, verdicts, places, participants) for one in cells),
        notes=notes,
        rows=rows,
        writes={_SIDES[side]: tuple(_write(one, participants) for one in own) for side, own in writes},
    )


def _cell(
    record: _Cell,
    about: Sequence[_About],
    verdicts: Sequence[Verdict],
    states: Sequence[State],
    participants: Sequence[Participant],
) -> Cell:
    participant, state, subject, history, session, verdict = record
    query, name, origin, writes = about[subject]
    return Cell(
        participant=participants[participant],
        state=states[state],
        query=query,
        name=name,
        origin=origin,
        writes=writes,
        history=_HISTORIES[history],
        session=_SESSIONS[session],
        verdict=verdicts[verdict],
    )


def _told(verdict: Verdict) -> _Told:
    match verdict:
        case Proven(because):
            return "proven", because
        case Tested(runs):
            return "tested", runs
        case Unknown(reason):
            return "unknown", reason
        case Red(witness):
            values = (getattr(witness, one.name) for one in fields(witness))
            return "red", tuple(value.value if isinstance(value, Kind) else value for value in values)
    raise TypeError(f"{verdict} is not the checker's own")


def _verdict(told: _Told) -> Verdict:
    match told:
        case "proven", str(because):
            return Proven(because)
        case "tested", int(runs):
            return Tested(runs)
        case "unknown", str(reason):
            return Unknown(reason)
        case "red", (kind, *values):
            names = [one.name for one in fields(Witness)][1:]
            return Red(Witness(kind=Kind(kind), **dict(zip(names, values, strict=True))))  # type: ignore[arg-type]
    raise ValueError(f"{told} is no verdict")


def _written(write: Write, participants: Sequence[Participant]) -> _Written:
    places = (
        (one, participant.workload.statements.index(write.query))
        for one, participant in enumerate(participants)
        if write.query in participant.workload.statements
    )
    participant, statement = next(places)
    return participant, statement, write.vector.types, write.vector.values, write.number


def _write(record: _Written, participants: Sequence[Participant]) -> Write:
    participant, statement, types, values, number = record
    workload = participants[participant].workload
    return Write(workload.statements[statement], Vector(types, values), number, workload.role)
