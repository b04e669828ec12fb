"""A red cell as a script that shows the same on an empty database."""

from collections.abc import Iterator

from schemaguard.compat.cells import Cell, Matrix, Side, State
from schemaguard.compat.observation import History, Write
from schemaguard.compat.parameters import numbered, style_of
from schemaguard.compat.verdict import Kind, Red, Witness, execution
from schemaguard.names import quote

#: The first line of a script, and what may follow in it: an SQLSTATE, or one of these.
HEAD = "-- schemaguard witness 1: "
OTHER_ROWS = "expects other rows"
OTHER_COLUMNS = "expects other columns"
NO_SCRIPT = "cannot be replayed: "
#: Begin lines with what is returned and stored, as JSON.
HOME, HERE = "-- at home: ", "-- here: "
#: Begin the comments above what may be refused, and above the statement that breaks.
WRITES, BREAKS = "among other rows: the", "this breaks"


def witness_script(matrix: Matrix, cell: Cell, schema_before: str = "") -> str:
    """For psql: the schema and the rows before, all steps, what was written, and then the statement."""
    witness = cell.verdict.witness if isinstance(cell.verdict, Red) else None
    lines = [_first(cell), _comment(f"{cell.participant.label}: {cell.name} ({cell.origin})")]
    lines.append(_comment(f"after: {cell.state.title}"))
    if schema_before:
        text = schema_before.strip()
        lines += ["-- the schema before", text if text.endswith(";") else f"{text}\n;"]
        if "search_path" in text:
            # What a dump sets is for the dump alone.
            lines.append("RESET ALL;")
    lines += ["-- rows that were there before", *matrix.rows]
    begins = 0 if cell.participant.side is Side.BASELINE else matrix.states.index(matrix.turn)
    has_written = False
    for place, state in enumerate(matrix.states[: matrix.states.index(cell.state) + 1]):
        lines += _step(state, cell.state)
        if witness is not None and witness.kind is Kind.WARM and place == begins:
            session = (*_as_role(cell), witness.script(), "RESET ROLE;")
            lines += ["-- a session begins", *session]
        if state in (matrix.turn, cell.state) and not has_written:
            # What both wrote while both ran is there before the contract.
            has_written = True
            lines += _writes(matrix, cell)
    if witness is not None:
        lines += _last(cell, witness)
    return "\n".join(lines) + "\n"


def _first(cell: Cell) -> str:
    """What a program must know of the script."""
    if cell.state.failed:
        return f"{HEAD}{NO_SCRIPT}a step is cancelled"
    match cell.verdict:
        case Red(Witness(sqlstate="", kind=Kind.SHAPE)):
            return f"{HEAD}{OTHER_COLUMNS}"
        case Red(Witness(sqlstate="", home=home, here=here)) if home == here:
            return f"{HEAD}{NO_SCRIPT}what differs is another each time"
        case Red(Witness(sqlstate="")):
            return f"{HEAD}{OTHER_ROWS}"
        case Red(witness):
            return f"{HEAD}expects {witness.sqlstate}"
        case _:
            return f"{HEAD}expects nothing"


def _comment(text: str) -> str:
    return f"-- {' '.join(text.split())}"


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


def _writes(matrix: Matrix, cell: Cell) -> Iterator[str]:
    """What was written before, by whoever has the rights of the code."""
    written = list(_written(matrix, cell))
    if written:
        yield from _as_role(cell)
    for number, (side, write) in enumerate(written, 1):
        yield _comment(f"{WRITES} {side.value} writes")
        yield execution(f"write_{number}", write.query.sql, write.vector.types, write.vector.values)
    if written and cell.participant.workload.role:
        yield "RESET ROLE;"


def _last(cell: Cell, witness: Witness) -> Iterator[str]:
    """What is new since the session began: there it was prepared where only open sessions break."""
    if witness.home or witness.here:
        yield f"{HOME}{witness.home}"
        yield f"{HERE}{witness.here}"
    yield from _as_role(cell)
    yield _comment(f"{BREAKS}: {witness.sqlstate} {witness.message}")
    given = ", ".join("NULL" for _ in numbered(witness.sql, style_of("$1")).keys)
    if witness.kind is Kind.WARM:
        script = witness.script()
        yield script[script.rindex("EXECUTE") :] if witness.values else "EXECUTE witness;"
    elif witness.kind is Kind.PLAN and not witness.values and given:
        yield witness.script()
        yield "SET plan_cache_mode = force_generic_plan;"
        yield f"EXPLAIN EXECUTE witness ({given});"
    else:
        yield witness.script()


def _written(matrix: Matrix, cell: Cell) -> Iterator[tuple[Side, Write]]:
    """What was written before, in the cell's history."""
    for side in Side:
        if cell.history in (History.BOTH, History(side.value)):
            yield from ((side, write) for write in matrix.writes.get(side, ()))
