"""The matrix of code versions by schema states as one HTML page that needs nothing else."""

from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from string import Template

from schemaguard import __version__
from schemaguard.compat.acts import acts
from schemaguard.compat.cells import Cell, Matrix, Participant, Session, State
from schemaguard.compat.observation import History
from schemaguard.compat.verdict import Red
from schemaguard.report.colour import Paint
from schemaguard.report.matrix import ANSWERS, in_sum
from schemaguard.report.statements import Problem, Statement, Witnesses, problems, sign, statements, told

#: Characters of the longest witness that is shown whole, and of all of them.
LONGEST = 400_000
ROOM = 6_000_000

_ACTS = {
    "expand": "the schema grows while the baseline runs",
    "canary": "the canary starts beside the baseline",
    "promote": "the canary takes over",
    "rollback": "the baseline takes over again",
    "contract": "what only the baseline needs is removed",
}
_SIGNS = {
    "ok": "works as on its own schema",
    "RED": "fails, or does something else",
    "?": "not known",
    "acc": "not green, and accepted by somebody for a time",
    "(ok)": "works, and need not",
    "n.a.": "red or unknown, and nothing runs there",
}


def matrix_page(matrix: Matrix, schema_before: str = "") -> str:
    """The page; ``schema_before`` makes the witnesses whole."""
    template = files("schemaguard.report").joinpath("matrix_page.html").read_text(encoding="utf-8")
    labels = " and ".join(participant.label for participant in matrix.participants)
    title = f"schemaguard check: {labels}" if labels else "schemaguard check"
    page = _Page(matrix, schema_before)
    return Template(template).substitute(title=escape(title), body="\n".join(page.body(title)))


class _Page:
    """The parts of the page, from top to bottom."""

    def __init__(self, matrix: Matrix, schema_before: str) -> None:
        self.matrix = matrix
        self.codes = matrix.codes
        self.witnesses = Witnesses(matrix, schema_before, longest=LONGEST, room=ROOM)

    def body(self, title: str) -> Iterator[str]:
        colour = {0: "green", 1: "red", 3: "yellow"}[self.matrix.exit_code]
        yield f"<h1>{escape(title)}</h1>"
        yield f'<p><span class="answer {colour}">{escape(in_sum(self.matrix, Paint(on=False)))}</span></p>'
        yield "<h2>Matrix</h2>"
        yield from self.table()
        yield "<h2>What it allows</h2>"
        yield from _table(
            ("act", "allowed", ""),
            (
                f'<th scope="row">{act}</th>{_cell(answer, ANSWERS[answer])}<td>{_ACTS[act]}</td>'
                for act, answer in acts(self.matrix).items()
            ),
        )
        if self.matrix.notes:
            notes = "".join(f"<li>{escape(note)}</li>" for note in self.matrix.notes)
            yield f"<h2>Notes</h2><ul>{notes}</ul>"
        yield "<h2>States</h2>"
        for state in self.matrix.states:
            yield from self.state(state)
        for participant in self.matrix.participants:
            yield f"<h2>Statements of {escape(participant.label)}</h2>"
            yield from self.statements(participant)
        yield f'<p class="faint">schemaguard {escape(__version__)}</p>'

    def table(self) -> Iterator[str]:
        matrix = self.matrix
        rows = (
            f'<th scope="row">{escape(participant.label)}</th>'
            + "".join(
                _cell(*sign(matrix.summary(participant, state), required=matrix.required(participant, state)))
                for state in matrix.states
            )
            for participant in matrix.participants
        )
        yield from _table(("", *self.codes.values()), rows)
        legend = "; ".join(f"<b>{sign_}</b> {meaning}" for sign_, meaning in _SIGNS.items())
        yield f'<p class="faint">{legend}.</p>'

    def state(self, state: State) -> Iterator[str]:
        phase = f'<span class="faint">{state.phase.value}</span> ' if state.phase else ""
        head = f"<b>{self.codes[state]}</b> {phase}{escape(state.title)}"
        if not state.sql:
            yield f'<p class="state">{head}</p>'
            return
        sql = "\n".join(f"{one.strip().rstrip(';')};" for one in state.sql)
        yield f'<details class="state"><summary>{head}</summary><pre>{escape(sql)}</pre></details>'

    def statements(self, participant: Participant) -> Iterator[str]:
        found = statements(self.matrix, participant)
        broken: dict[str, list[Problem]] = {}
        for problem in problems(self.matrix, participant):
            broken.setdefault(problem.first.query, []).append(problem)
        by_query = {one.query: one for one in found}
        for query, its in broken.items():
            yield from self.statement(by_query[query], its)
        green = [one for one in found if one.query not in broken]
        if green:
            yield f"<details><summary>{len(green)} green where they must be</summary>"
            rows = (
                f'<th scope="row"><code>{escape(one.name)}</code></th>'
                f'<td><code class="faint">{escape(one.origin)}</code></td>' + "".join(self.signs(one))
                for one in green
            )
            yield from _table(("statement", "sent by", *self.codes.values()), rows)
            yield "</details>"
        if not found:
            yield "<p>Nothing is known of them.</p>"

    def statement(self, one: Statement, its: list[Problem]) -> Iterator[str]:
        """One that is not green, with all that is known of it."""
        origin = f' <code class="faint">{escape(one.origin)}</code>' if one.origin else ""
        yield '<details class="statement" open>'
        yield f"<summary><b><code>{escape(one.name)}</code></b>{origin}</summary>"
        if one.sql:
            yield f"<pre>{escape(one.sql.strip())}</pre>"
        yield from _table(self.codes.values(), ["".join(self.signs(one))])
        for problem in its:
            yield from self.problem(problem)
        yield "<details><summary>By rows and sessions</summary>"
        yield from _table(("rows of", "session", *self.codes.values()), self.grid(one))
        yield "</details></details>"

    def problem(self, problem: Problem) -> Iterator[str]:
        verdict = problem.first.verdict
        text, colour = sign(verdict, required=True)
        where = f", {problem.where}" if problem.where else ""
        yield (
            f'<p class="reason"><span class="answer {colour}">{text}</span> at'
            f" {', '.join(problem.at)}{escape(where)}: {escape(told(verdict))}</p>"
        )
        if isinstance(verdict, Red):
            script = escape(self.witnesses.of(problem.first))
            yield f'<details><summary>Witness, for psql</summary><pre class="copy">{script}</pre></details>'

    def signs(self, one: Statement) -> Iterator[str]:
        """Its worst cell at each state."""
        for state in self.matrix.states:
            yield self.sign(one, one.worst(state) if state in one.cells else None, state)

    def grid(self, one: Statement) -> Iterator[str]:
        """Its cells by history and session."""
        cells = {(c.history, c.session, c.state): c for found in one.cells.values() for c in found}
        for history in History:
            for session in Session:
                row = [cells.get((history, session, state)) for state in self.matrix.states]
                if any(row):
                    signs = map(self.sign, [one] * len(row), row, self.matrix.states)
                    yield f"<td>{history.value}</td><td>{session.value}</td>{''.join(signs)}"

    def sign(self, one: Statement, cell: Cell | None, state: State) -> str:
        if cell is None:
            return _cell("", "dim")
        required = self.matrix.required(one.participant, state)
        return _cell(*sign(cell.verdict, required=required), told(cell.verdict))


def _cell(text: str, colour: str, title: str = "") -> str:
    said = f' title="{escape(title)}"' if title else ""
    return f'<td class="sign {colour}"{said}>{escape(text)}</td>'


def _table(heads: Iterable[str], rows: Iterable[str]) -> Iterator[str]:
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    yield f'<div class="wide"><table><thead><tr>{columns}</tr></thead><tbody>'
    for row in rows:
        yield f"<tr>{row}</tr>"
    yield "</tbody></table></div>"
