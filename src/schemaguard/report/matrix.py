"""The matrix of code versions by schema states, for people: a table, and what stands in the way."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemaguard.compat.acts import acts
from schemaguard.compat.cells import Cell, Matrix, Participant, Session, State
from schemaguard.compat.observation import History
from schemaguard.compat.verdict import Accepted, Proven, Red, Tested, Unknown, Verdict, is_green
from schemaguard.report.colour import Paint

#: Of each version so many statements are shown with their witnesses; other formats have all.
SHOWN = 20

_ANSWERS = {"yes": "green", "no": "red", "unknown": "yellow"}


def render_matrix(matrix: Matrix, paint: Paint) -> Iterator[str]:
    """The table, the states by their numbers, what stands in the way, and the sum."""
    yield from _table(matrix, paint)
    yield ""
    for state, code in matrix.codes.items():
        phase = f"{state.phase.value}: " if state.phase else ""
        yield f"{code:>4}  {paint(phase, 'dim')}{state.title}"
    for note in matrix.notes:
        yield f"  {paint('note', 'cyan')}  {note}"
    for participant in matrix.participants:
        problems = list(_problems(matrix, participant))
        for problem in problems[:SHOWN]:
            yield ""
            yield from _problem(problem, paint)
        if len(problems) > SHOWN:
            yield ""
            yield f"{participant.label}: {len(problems) - SHOWN} more statements are not green"
    yield ""
    yield "  ".join(f"{act}: {paint(answer, _ANSWERS[answer])}" for act, answer in acts(matrix).items())
    yield _sum(matrix, paint)


@dataclass(frozen=True, slots=True)
class _Problem:
    """A statement that is not green where it must be, at the first of the states where it is so."""

    first: Cell
    #: The codes of those states.
    at: tuple[str, ...]
    #: "": it is so for everybody; else for whom.
    where: str


def _problems(matrix: Matrix, participant: Participant) -> Iterator[_Problem]:
    codes = matrix.codes
    cells: dict[tuple[str, str], list[Cell]] = {}
    for cell in matrix.failing():
        if cell.participant == participant:
            cells.setdefault((cell.query, _told(cell.verdict)), []).append(cell)
    for group in sorted(cells.values(), key=lambda group: not isinstance(group[0].verdict, Red)):
        at = tuple(dict.fromkeys(codes[cell.state] for cell in group))
        yield _Problem(group[0], at, _where(group))


def _where(group: list[Cell]) -> str:
    """Among whose rows, and in which sessions, where it is not so among all and in all."""
    histories = {cell.history for cell in group}
    told = []
    if History.LEGACY not in histories:
        names = [history.value for history in History if history in histories]
        told.append(f"among rows that {' or '.join(names)} wrote".replace("the both", "both"))
    if all(cell.session is Session.WARM for cell in group):
        told.append("in sessions that were open before")
    return ", ".join(told)


def _told(verdict: Verdict) -> str:
    match verdict:
        case Red(witness):
            return f"{witness.sqlstate} {witness.message}".strip()
        case Unknown(reason) | Accepted(reason=reason) | Proven(reason):
            return reason
        case Tested(runs):
            return f"{runs} runs"


def _name(verdict: Verdict) -> str:
    return type(verdict).__name__.lower()


def _sign(matrix: Matrix, participant: Participant, state: State) -> tuple[str, str]:
    """What stands in the table, and its colour."""
    verdict = matrix.summary(participant, state)
    if not matrix.required(participant, state):
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


def _table(matrix: Matrix, paint: Paint) -> Iterator[str]:
    width = max((len(participant.label) for participant in matrix.participants), default=0)
    codes = "".join(f"{code:>5}" for code in matrix.codes.values())
    yield f"{'':{width}}{codes}"
    for participant in matrix.participants:
        signs = (_sign(matrix, participant, state) for state in matrix.states)
        row = "".join(paint(f"{text:>5}", colour) for text, colour in signs)
        yield f"{paint(f'{participant.label:{width}}', bold=True)}{row}"


def _problem(problem: _Problem, paint: Paint) -> Iterator[str]:
    cell = problem.first
    colour = "red" if isinstance(cell.verdict, Red) else "yellow"
    what = f"{cell.name or 'a statement'} ({cell.origin})" if cell.origin else cell.name
    yield (
        f"{paint(_name(cell.verdict), colour, bold=True)} "
        f"{cell.participant.label}{': ' + what if what else ''} at {', '.join(problem.at)}"
        f"{f', {problem.where}' if problem.where else ''}"
    )
    yield f"  {_told(cell.verdict)}"
    if isinstance(cell.verdict, Red):
        for line in cell.verdict.witness.script().splitlines():
            yield paint(f"    {line}", "dim")


def _sum(matrix: Matrix, paint: Paint) -> str:
    statements = sum(len(participant.workload.statements) for participant in matrix.participants)
    seen = f"{statements} statements at {len(matrix.states)} states, {len(matrix.cells)} cells"
    if not matrix.participants:
        return f"{paint('unknown', 'yellow', bold=True)}: there is no workload, so nothing is known"
    match matrix.exit_code:
        case 0:
            return f"{seen}: {paint('green where it must be', 'green', bold=True)}"
        case 1:
            count = len(
                {(c.participant.label, c.query) for c in matrix.failing() if isinstance(c.verdict, Red)}
            )
            told = "1 statement breaks" if count == 1 else f"{count} statements break"
            return f"{seen}: {paint(told, 'red', bold=True)}"
        case _:
            return f"{seen}: {paint('not enough is known', 'yellow', bold=True)}"
