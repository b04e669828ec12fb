"""A red cell as a script that shows the same on an empty database."""

from collections.abc import Iterator

from schemaguard.compat.cells import Cell, Matrix, Side, State
from schemaguard.compat.observation import History, Write
from schemaguard.compat.verdict import Kind, Red, Witness, execution
from schemaguard.names import quote


def witness_script(matrix: Matrix, cell: Cell, schema_before: str = "") -> str:
    """For psql: the schema and the rows before, all steps, what was written, and then the statement."""
    witness = cell.verdict.witness if isinstance(cell.verdict, Red) else None
    lines = [f"-- {cell.participant.label}: {cell.name} ({cell.origin})", f"-- after: {cell.state.title}"]
    if schema_before:
        lines += ["-- the schema before", schema_before.strip()]
    lines += ["-- rows that were there before", *matrix.rows]
    begins = 0 if cell.participant.side is Side.BASELINE else matrix.states.index(matrix.turn)
    for place, state in enumerate(matrix.states[: matrix.states.index(cell.state) + 1]):
        lines += _step(state, cell.state)
        if witness is not None and witness.kind is Kind.WARM and place == begins:
            lines += ["-- a session begins", *_as_role(cell), witness.script(), "RESET ROLE;"]
    for number, (side, write) in enumerate(_written(matrix, cell), 1):
        told = execution(f"write_{number}", write.query.sql, write.vector.types, write.vector.values)
        lines += [f"-- the {side.value} writes", told]
    if witness is not None:
        code = f"{witness.sqlstate}: " if witness.sqlstate else ""
        lines += ["-- " + f"{code}{witness.message}".replace("\n", " "), *_as_role(cell), _last(witness)]
    return "\n".join(lines) + "\n"


def _step(state: State, last: State) -> Iterator[str]:
    if state.phase is None or (state.failed and state != last):
        return
    yield f"-- {state.title}"
    if state.failed:
        yield "-- cancel it while it waits for an older transaction"
    yield from (f"{sql.strip().rstrip(';')};" for sql in state.sql)


def _as_role(cell: Cell) -> Iterator[str]:
    if cell.participant.workload.role:
        yield f"SET ROLE {quote(cell.participant.workload.role)};"


def _last(witness: Witness) -> str:
    """What was prepared when its session began is only executed."""
    script = witness.script()
    return script[script.rindex("EXECUTE") :] if witness.kind is Kind.WARM and witness.values else script


def _written(matrix: Matrix, cell: Cell) -> Iterator[tuple[Side, Write]]:
    """What was written before, in the cell's history."""
    for side in Side:
        if cell.history in (History.BOTH, History(side.value)):
            yield from ((side, write) for write in matrix.writes.get(side, ()))
