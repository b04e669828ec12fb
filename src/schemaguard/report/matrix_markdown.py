"""The matrix of code versions by schema states as a summary below a pull request."""

from collections.abc import Iterator

from schemaguard.compat.acts import acts
from schemaguard.compat.cells import Matrix, State
from schemaguard.report.colour import Paint
from schemaguard.report.markdown_text import ROOM, fenced, fitting, plain, short
from schemaguard.report.matrix import in_sum
from schemaguard.report.statements import Problem, Witnesses, problems, sign, told

#: So many statements are shown with their witnesses.
SHOWN = 10
#: Characters of the longest witness that is shown whole.
LONGEST = 4_000

_SIGNS = {"green": "✅ ", "red": "❌ ", "yellow": "❔ ", "cyan": "☑️ ", "dim": ""}
_MARKS = {0: "✅", 1: "❌", 3: "❔"}


def matrix_markdown(matrix: Matrix, schema_before: str = "") -> str:
    """The table, what it allows, the first that break, and the states."""
    witnesses = Witnesses(matrix, schema_before, longest=LONGEST, room=ROOM // 2)
    return fitting(_lines(matrix, witnesses))


def _lines(matrix: Matrix, witnesses: Witnesses) -> Iterator[str]:
    yield f"### {_MARKS[matrix.exit_code]} schemaguard check"
    yield ""
    yield plain(in_sum(matrix, Paint(on=False)))
    yield ""
    yield f"| | {' | '.join(witnesses.codes.values())} |"
    yield f"|---{'|:-:' * len(matrix.states)}|"
    for participant in matrix.participants:
        signs = (
            sign(matrix.summary(participant, state), required=matrix.required(participant, state))
            for state in matrix.states
        )
        row = " | ".join(f"{_SIGNS[colour]}{text}" for text, colour in signs)
        yield f"| {plain(participant.label)} | {row} |"
    yield ""
    yield f"| {' | '.join(acts(matrix))} |"
    yield f"|{':-:|' * len(acts(matrix))}"
    yield f"| {' | '.join(acts(matrix).values())} |"
    yield ""
    for note in matrix.notes[:SHOWN]:
        yield f"- {short(note)}"
    found = [problem for participant in matrix.participants for problem in problems(matrix, participant)]
    for problem in found[:SHOWN]:
        yield ""
        yield from _problem(problem, witnesses)
    if len(found) > SHOWN:
        yield ""
        yield f"{len(found) - SHOWN} more are not green."
    yield ""
    yield f"<details><summary>{len(matrix.states)} states</summary>"
    yield ""
    for state, code in witnesses.codes.items():
        yield f"- **{code}** {_state(state)}"
    yield ""
    yield "</details>"


def _state(state: State) -> str:
    return f"{state.phase.value}: {short(state.title)}" if state.phase else short(state.title)


def _problem(problem: Problem, witnesses: Witnesses) -> Iterator[str]:
    cell = problem.first
    text, colour = sign(cell.verdict, required=True)
    where = f", {problem.where}" if problem.where else ""
    name = short(cell.name or "the whole workload")
    at = f"at {', '.join(problem.at)}{where}"
    told_ = short(told(cell.verdict))
    yield f"<details><summary>{_SIGNS[colour]}{text} {plain(cell.participant.label)}: {name} {at}</summary>"
    yield ""
    yield f"{told_} {short(cell.origin)}".strip()
    if script := witnesses.of(cell):
        yield from ("", *fenced(script))
    yield ""
    yield "</details>"
