"""The matrix: code versions by schema states, what is known of each cell, and which must be green."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from enum import Enum

from schemaguard.compat.course import Course
from schemaguard.compat.observation import History, Write
from schemaguard.compat.verdict import Accepted, Red, Unknown, Verdict, badness, is_green
from schemaguard.compat.workload import Workload
from schemaguard.dataclass import dataclass
from schemaguard.phase import Phase
from schemaguard.sql.lexer import Kind, tokens

#: A statement that begins so may write rows; what DO, CALL and functions do, nobody knows.
_WRITING = frozenset(
    ("insert", "update", "delete", "merge", "with", "truncate", "copy", "do", "call", "select")
)
#: A statement that begins so changes rows at most of the tables that it is about.
_DEFINING = frozenset(("alter", "comment", "create", "drop", "grant", "revoke"))


class Side(Enum):
    """Whether code runs already, or comes beside it."""

    BASELINE = "baseline"
    CANARY = "canary"


class Session(Enum):
    """Whether a session has begun after the step that led to the state, or before."""

    NEW = "new"
    #: It has prepared its statements earlier, as those of a pool have.
    WARM = "warm"


@dataclass(frozen=True, slots=True)
class Participant:
    """A version of the code, with its workload."""

    side: Side
    workload: Workload

    @property
    def label(self) -> str:
        """As people call it, such as ``baseline 1.4``."""
        app = f" {self.workload.app}" if self.workload.app else ""
        return f"{self.side.value}{app} {self.workload.version}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A schema state: what is run to come to it from the one before."""

    name: str
    title: str
    #: None: the schema before the release.
    phase: Phase | None = None
    sql: tuple[str, ...] = ()
    #: Each statement by itself, in no transaction.
    alone: bool = False
    #: What is left where the statement is cancelled; the next state starts without it.
    failed: bool = False

    @property
    def moves_data(self) -> bool:
        """Whether it is there to change rows, and does not only change the schema around them."""
        return any(_writes_rows(statement) for statement in self.sql)

    @property
    def only_defines(self) -> bool:
        """Whether none of its statements is there to change rows, whatever it is."""
        return all(word in _DEFINING for statement in self.sql for word in _first_words(statement))


_LETTERS = {None: "S", Phase.EXPAND: "E", Phase.BACKFILL: "B", Phase.CONTRACT: "K"}

#: Where a release starts from.
BEFORE = State(name="before", title="before the release")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One statement of one version at one state; ``query`` None: the version as a whole."""

    participant: Participant
    state: State
    #: The statement's id, name and the place that sends it; "" of a verdict on the whole version.
    query: str = ""
    name: str = ""
    origin: str = ""
    #: Whether it writes rows.
    writes: bool = False
    history: History = History.LEGACY
    session: Session = Session.NEW
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Somebody says that a verdict which is not green is all right, for a time."""

    query: str
    #: A state's name; "": all.
    state: str = ""
    by: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All cells, and what was noticed on the way."""

    states: tuple[State, ...]
    participants: tuple[Participant, ...]
    cells: tuple[Cell, ...]
    #: What the checker had to do, or what a step did to the generated rows: a sentence each.
    notes: tuple[str, ...] = ()
    #: The rows that were there before the release, as INSERT statements.
    rows: tuple[str, ...] = ()
    #: What each side writes at a state, where a history says that it has.
    writes: Mapping[Side, tuple[Write, ...]] = field(default_factory=dict)
    #: None: a longer release is asked anew.
    course: Course | None = field(default=None, repr=False, compare=False)

    @property
    def codes(self) -> dict[State, str]:
        """What the states are called: S0; E1, E2... in the expand phase, B1 in the backfill, K1 then.

        What a step leaves that failed is called as the state it should have led to, with an f.
        """
        counts = dict.fromkeys(_LETTERS, 0)
        codes: dict[State, str] = {}
        for state in self.states:
            counts[state.phase] += not state.failed
            number = counts[state.phase] + state.failed
            codes[state] = f"{_LETTERS[state.phase]}{number if state.phase else 0}{'f' * state.failed}"
        return codes

    @property
    def turn(self) -> State:
        """The last state before the first contract step: there both versions run."""
        return self.states[turning_point(self.states)]

    def has(self, side: Side) -> bool:
        """Whether the workload of that side was given."""
        return any(participant.side is side for participant in self.participants)

    def cells_of(self, participant: Participant, state: State) -> tuple[Cell, ...]:
        """The cells of one version at one state."""
        return tuple(c for c in self.cells if c.participant == participant and c.state == state)

    def summary(self, participant: Participant, state: State) -> Verdict:
        """The worst verdict of one version at one state."""
        cells = self.cells_of(participant, state)
        if not cells:
            return Unknown("nothing is known")
        return max((cell.verdict for cell in cells), key=badness)

    def required(self, participant: Participant, state: State) -> bool:
        """Whether that version may run at that state.

        The baseline up to the last state that is no contract; the canary from there on.
        """
        place = self.states.index(state)
        turn = turning_point(self.states)
        return place <= turn if participant.side is Side.BASELINE else place >= turn

    def failing(self) -> Iterator[Cell]:
        """The cells which must be green and are not."""
        return (
            cell
            for cell in self.cells
            if self.required(cell.participant, cell.state) and not is_green(cell.verdict)
        )

    @property
    def decided(self) -> float:
        """The share of the cells that are green or red, of 1."""
        known = sum(not isinstance(cell.verdict, Unknown) for cell in self.cells)
        return known / len(self.cells) if self.cells else 0.0

    @property
    def exit_code(self) -> int:
        """0: all that must be green is; 1: something is red; 3: something is unknown."""
        verdicts = [cell.verdict for cell in self.failing()]
        missing = not self.participants or any(
            not self.cells_of(participant, state)
            for participant in self.participants
            for state in self.states
            if self.required(participant, state)
        )
        if any(isinstance(verdict, Red) for verdict in verdicts):
            return 1
        return 3 if verdicts or missing else 0

    def accepting(self, acceptances: Iterable[Acceptance], today: date) -> "Matrix":
        """The same matrix with what has been accepted and has not run out."""
        valid = [a for a in acceptances if today <= a.until]
        return replace(self, cells=tuple(_accepted(cell, valid) for cell in self.cells))


def _writes_rows(sql: str) -> bool:
    return any(word in _WRITING for word in _first_words(sql))


def _first_words(sql: str) -> Iterator[str]:
    """What each statement begins with; "" where that is no word."""
    begins = True
    for token in tokens(sql):
        if begins and token.text != ";":
            yield token.identifier if token.kind is Kind.WORD else ""
        begins = token.text == ";"


def turning_point(states: Sequence[State]) -> int:
    """The last state before the first contract step: there both versions run."""
    return next(
        (place - 1 for place, state in enumerate(states) if place and state.phase is Phase.CONTRACT),
        len(states) - 1,
    )


def _accepted(cell: Cell, acceptances: Sequence[Acceptance]) -> Cell:
    verdict = cell.verdict
    if not isinstance(verdict, Red | Unknown) or not cell.query:
        return cell
    for acceptance in acceptances:
        if acceptance.query == cell.query and acceptance.state in ("", cell.state.name):
            accepted = Accepted(acceptance.by, acceptance.reason, acceptance.until, verdict)
            return replace(cell, verdict=accepted)
    return cell
