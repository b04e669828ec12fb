"""All that is known of one statement at one state, for people."""

from collections.abc import Iterable, Iterator

from schemaguard.compat.cells import Cell, Matrix, Participant, Side, State
from schemaguard.compat.levels import detector, level
from schemaguard.compat.observation import History
from schemaguard.compat.verdict import Red
from schemaguard.compat.witnesses import witness_script
from schemaguard.dataclass import dataclass
from schemaguard.errors import UsageError, nearest
from schemaguard.report.colour import Paint
from schemaguard.report.statements import Statement, sign, statements, told


@dataclass(frozen=True, slots=True)
class Place:
    """What is asked about, ``[SIDE:]STATEMENT@STATE[:HISTORY]``; "" leaves the side or history open."""

    side: str
    statement: str
    state: str
    history: str


def read_place(text: str, participants: Iterable[Participant]) -> Place:
    """What the text names. UsageError where no workload has such a statement, or there is no such history."""
    named, at, rest = text.rpartition("@")
    state, _, history = rest.partition(":")
    if not at or not named or not state:
        raise UsageError(f"{text} names no cell", advice="Write STATEMENT@STATE, such as find_customer@E1.")
    if history and history not in {one.value for one in History}:
        raise _no("history", history, (one.value for one in History))
    side, colon, statement = named.partition(":")
    if not colon or side not in {one.value for one in Side}:
        side, statement = "", named
    known = [
        name
        for participant in participants
        if side in ("", participant.side.value)
        for query in participant.workload.statements
        for name in (query.name, query.id)
    ]
    if statement not in known:
        raise _no("statement", statement, known)
    return Place(side, statement, state, history)


def explain_cell(matrix: Matrix, place: Place, schema_before: str, paint: Paint) -> Iterator[str]:
    """The statement of each version that has it. UsageError where there is no such state."""
    state = next((state for state, code in matrix.codes.items() if place.state in (code, state.name)), None)
    if state is None:
        raise _no("state", place.state, [*matrix.codes.values(), *(one.name for one in matrix.states)])
    return _explained(matrix, place, state, schema_before, paint)


def _explained(matrix: Matrix, place: Place, state: State, schema_before: str, paint: Paint) -> Iterator[str]:
    for participant in matrix.participants:
        if place.side in ("", participant.side.value):
            for one in statements(matrix, participant):
                if place.statement in (one.name, one.query) and state in one.cells:
                    yield from _statement(matrix, one, state, paint)
                    cells = [c for c in one.cells[state] if place.history in ("", c.history.value)]
                    yield from _cells(matrix, cells, paint)
                    yield from _witnesses(matrix, cells, schema_before, paint)


def _statement(matrix: Matrix, one: Statement, state: State, paint: Paint) -> Iterator[str]:
    origin = f" ({one.origin})" if one.origin else ""
    yield paint(f"{one.participant.label}: {one.name}{origin}", bold=True)
    must = "it must work" if matrix.required(one.participant, state) else "it need not work"
    yield f"at {matrix.codes[state]}, {state.title}, where {must}"
    yield ""
    yield from (f"    {line}" for line in one.sql.strip().splitlines())
    yield ""


def _cells(matrix: Matrix, cells: list[Cell], paint: Paint) -> Iterator[str]:
    for cell in cells:
        text, colour = sign(cell.verdict, required=matrix.required(cell.participant, cell.state))
        found = " ".join(filter(None, (level(cell), detector(cell))))
        yield (
            f"  {cell.history.value:<9}{cell.session.value:<5}{paint(f'{text:<5}', colour)}"
            f"{paint(f'{found:<17}', 'dim')}{told(cell.verdict)}"
        )
    yield ""


def _witnesses(matrix: Matrix, cells: list[Cell], schema_before: str, paint: Paint) -> Iterator[str]:
    """Of each way in which it breaks one."""
    shown = set()
    for cell in cells:
        if isinstance(cell.verdict, Red) and told(cell.verdict) not in shown:
            shown.add(told(cell.verdict))
            yield paint(f"-- witness: {cell.history.value} rows, {cell.session.value} session", "dim")
            yield from witness_script(matrix, cell, schema_before).splitlines()
            yield ""


def _no(what: str, name: str, known: Iterable[str]) -> UsageError:
    names = list(dict.fromkeys(known))
    near = nearest(name, names, likeness=0.4)
    told_ = f"Did you mean `{near}`?" if near else f"There are: {', '.join(names[:20])}."
    return UsageError(f"there is no {what} {name}", advice=told_)
