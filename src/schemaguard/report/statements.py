"""The matrix statement by statement: what all its reports share."""

from collections.abc import Iterator, Mapping
from dataclasses import field

from schemaguard.compat.cells import Cell, Matrix, Participant, Session, State
from schemaguard.compat.observation import History
from schemaguard.compat.verdict import Accepted, Proven, Red, Tested, Unknown, Verdict, badness, is_green
from schemaguard.compat.witnesses import witness_script
from schemaguard.dataclass import dataclass


def sign(verdict: Verdict, *, required: bool) -> tuple[str, str]:
    """What stands in a table, and its colour."""
    if not required:
        return ("(ok)" if is_green(verdict) else "n.a."), "dim"
    match verdict:
        case Red():
            return "RED", "red"
        case Unknown():
            return "?", "yellow"
        case Accepted():
            return "acc", "cyan"
        case Tested() | Proven():
            return "ok", "green"


def told(verdict: Verdict) -> str:
    """What it rests on, in a line."""
    match verdict:
        case Red(witness):
            return f"{witness.sqlstate} {witness.message}".strip()
        case Unknown(reason) | Accepted(reason=reason) | Proven(reason):
            return reason
        case Tested(runs):
            return f"did the same as at home in {runs} {'run' if runs == 1 else 'runs'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a version through all states; without a query: the version as a whole."""

    participant: Participant
    query: str
    name: str
    origin: str
    sql: str
    cells: Mapping[State, list[Cell]]

    def worst(self, state: State) -> Cell:
        """The cell at that state on which the others hang."""
        return max(self.cells[state], key=lambda cell: badness(cell.verdict))

    def is_green(self, matrix: Matrix) -> bool:
        """Whether it works wherever it must."""
        return all(
            is_green(cell.verdict)
            for state, cells in self.cells.items()
            if matrix.required(self.participant, state)
            for cell in cells
        )


def statements(matrix: Matrix, participant: Participant) -> list[Statement]:
    """What is known of each of the version's statements, in the order of its workload."""
    texts = {query.id: query.sql for query in participant.workload.statements}
    found: dict[str, Statement] = {}
    for cell in matrix.cells:
        if cell.participant is not participant and cell.participant != participant:
            continue
        one = found.setdefault(
            cell.query,
            Statement(
                participant=participant,
                query=cell.query,
                name=cell.name or cell.query or "the whole workload",
                origin=cell.origin,
                sql=texts.get(cell.query, ""),
                cells={},
            ),
        )
        assert isinstance(one.cells, dict)
        one.cells.setdefault(cell.state, []).append(cell)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Problem:
    """A statement that is not green where it must be, at the first of the states where it is so."""

    first: Cell
    #: The codes of those states.
    at: tuple[str, ...]
    #: "": it is so for everybody; else for whom.
    where: str


def problems(matrix: Matrix, participant: Participant) -> Iterator[Problem]:
    """Those of one version, the red ones first."""
    codes = matrix.codes
    cells: dict[tuple[str, str], list[Cell]] = {}
    for cell in matrix.failing():
        if cell.participant == participant:
            cells.setdefault((cell.query, told(cell.verdict)), []).append(cell)
    for group in sorted(cells.values(), key=lambda group: not isinstance(group[0].verdict, Red)):
        at = tuple(dict.fromkeys(codes[cell.state] for cell in group))
        yield Problem(group[0], at, _where(group))


def _where(group: list[Cell]) -> str:
    """Among whose rows, and in which sessions, where it is not so among all and in all."""
    histories = {cell.history for cell in group}
    parts = []
    if History.LEGACY not in histories:
        names = [history.value for history in History if history in histories]
        parts.append(f"among rows that {' or '.join(names)} wrote".replace("the both", "both"))
    if all(cell.session is Session.WARM for cell in group):
        parts.append("in sessions that were open before")
    return ", ".join(parts)


@dataclass(slots=True)
class Witnesses:
    """Whole scripts as long as there is room for them; then the statement alone, and how to get the rest."""

    matrix: Matrix
    schema_before: str
    #: Characters for one, and for all together.
    longest: int
    room: int
    #: What the states are called.
    codes: Mapping[State, str] = field(init=False)

    def __post_init__(self) -> None:
        self.codes = self.matrix.codes

    def of(self, cell: Cell) -> str:
        """What shows that the cell is red; "": it is not."""
        if not isinstance(cell.verdict, Red):
            return ""
        whole = witness_script(self.matrix, cell, self.schema_before)
        if len(whole) > min(self.longest, self.room):
            name = " ".join((cell.name or cell.query).split())
            place = f"{cell.participant.side.value}:{name}@{self.codes[cell.state]}"
            return f"-- whole: schemaguard check ... --explain '{place}'\n{cell.verdict.witness.script()}\n"
        self.room -= len(whole)
        return whole
