"""The matrix of code versions by schema states, for people: a table, and what stands in the way."""

import math
from collections.abc import Iterator

from schemaguard.compat.acts import acts
from schemaguard.compat.cells import Matrix
from schemaguard.compat.verdict import Red, Verdict
from schemaguard.report.colour import Paint
from schemaguard.report.statements import Problem, problems, sign, told

#: Of each version so many statements are shown with their witnesses; other formats have all.
SHOWN = 20

#: The colours of what acts allow.
ANSWERS = {"yes": "green", "no": "red", "unknown": "yellow"}


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
        found = list(problems(matrix, participant))
        for problem in found[:SHOWN]:
            yield ""
            yield from _problem(problem, paint)
        if len(found) > SHOWN:
            yield ""
            yield f"{participant.label}: {len(found) - SHOWN} more statements are not green"
    yield ""
    yield "  ".join(f"{act}: {paint(answer, ANSWERS[answer])}" for act, answer in acts(matrix).items())
    yield in_sum(matrix, paint)


def _name(verdict: Verdict) -> str:
    return type(verdict).__name__.lower()


def _table(matrix: Matrix, paint: Paint) -> Iterator[str]:
    width = max((len(participant.label) for participant in matrix.participants), default=0)
    codes = "".join(f"{code:>5}" for code in matrix.codes.values())
    yield f"{'':{width}}{codes}"
    for participant in matrix.participants:
        signs = (
            sign(matrix.summary(participant, state), required=matrix.required(participant, state))
            for state in matrix.states
        )
        row = "".join(paint(f"{text:>5}", colour) for text, colour in signs)
        yield f"{paint(f'{participant.label:{width}}', bold=True)}{row}"


def _problem(problem: Problem, paint: Paint) -> Iterator[str]:
    cell = problem.first
    colour = "red" if isinstance(cell.verdict, Red) else "yellow"
    what = f"{cell.name or 'a statement'} ({cell.origin})" if cell.origin else cell.name
    yield (
        f"{paint(_name(cell.verdict), colour, bold=True)} "
        f"{cell.participant.label}{': ' + what if what else ''} at {', '.join(problem.at)}"
        f"{f', {problem.where}' if problem.where else ''}"
    )
    yield f"  {told(cell.verdict)}"
    if isinstance(cell.verdict, Red):
        for line in cell.verdict.witness.script().splitlines():
            yield paint(f"    {line}", "dim")


def in_sum(matrix: Matrix, paint: Paint) -> str:
    """How much was looked at, and the answer."""
    statements = sum(len(participant.workload.statements) for participant in matrix.participants)
    counted = "1 statement" if statements == 1 else f"{statements} statements"
    # 100 % is all of them.
    decided = f"{math.floor(matrix.decided * 100)} % decided"
    seen = f"{counted} at {len(matrix.states)} states, {len(matrix.cells)} cells, {decided}"
    if not matrix.participants:
        return f"{paint('unknown', 'yellow', bold=True)}: there is no workload, so nothing is known"
    match matrix.exit_code:
        case 0:
            return f"{seen}: {paint('green where it must be', 'green', bold=True)}"
        case 1:
            count = len(
                {(c.participant.label, c.query) for c in matrix.failing() if isinstance(c.verdict, Red)}
            )
            broken = "1 statement breaks" if count == 1 else f"{count} statements break"
            return f"{seen}: {paint(broken, 'red', bold=True)}"
        case _:
            return f"{seen}: {paint('not enough is known', 'yellow', bold=True)}"
