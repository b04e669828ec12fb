"""A plan as SQL files for psql: what comes first, the rows, and the rest when the old code is gone."""

from collections.abc import Iterator, Sequence

from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.recipe import Backfill, Scope, Step

#: How long a statement that stops others may wait for its lock.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'"
#: Rows that one statement of a written backfill changes.
BATCH = 1000


def sql_files(plan: Plan, stem: str) -> dict[str, str]:
    """The files' names with their texts. A phase without statements has no file."""
    files = {}
    for phase, steps in written_phases(plan).items():
        if any(step.sql or step.backfill for step in steps):
            files[file_name(stem, phase)] = _file(plan, phase, steps)
    return files


def file_name(stem: str, phase: Phase) -> str:
    """The name of a phase's file. Sorted by name, they are in the order in which they run."""
    return f"{stem}_{list(Phase).index(phase) + 1}_{phase.value}.sql"


def written_phases(plan: Plan) -> dict[Phase, tuple[Step, ...]]:
    """The steps as files have them: what only the runner needs is left out, indexes come with the columns."""
    indexes = tuple(step for step in plan.of(Phase.BACKFILL) if step.scope is Scope.ALONE)
    rows = tuple(step for step in plan.of(Phase.BACKFILL) if step.scope is not Scope.ALONE)
    last = tuple(step for step in plan.of(Phase.CONTRACT) if "-alembic-" not in step.id)
    return {Phase.EXPAND: (*plan.of(Phase.EXPAND), *indexes), Phase.BACKFILL: rows, Phase.CONTRACT: last}


def _file(plan: Plan, phase: Phase, steps: Sequence[Step]) -> str:
    lines = [
        f"-- schemaguard: phase={phase.value}",
        f"-- {plan.release}, {phase.value}: {WHEN[phase]}",
        "-- For psql, outside a transaction. `schemaguard apply` does the same with shorter locks, retries,",
        "-- checks, and from where it was stopped.",
    ]
    if phase is Phase.BACKFILL:
        lines.append("-- Run each UPDATE again and again until it says UPDATE 0 (in psql: \\watch).")
    for step in steps:
        lines.append("")
        lines.extend(_step(step))
    return "\n".join(lines) + "\n"


WHEN = {
    Phase.EXPAND: "before the new code is deployed",
    Phase.BACKFILL: "after expand, while the old code runs",
    Phase.CONTRACT: "when no old code runs any more, and the backfill is done",
}


#: Beside what a step only asks.
ASK = "(Make sure of it; `schemaguard apply` asks the database.)"


def _step(step: Step) -> Iterator[str]:
    yield f"-- {step.title}"
    if step.backfill is not None:
        if step.phase is not Phase.BACKFILL:
            yield "-- schemaguard: allow update-of-all-rows"
            yield f"{step.backfill.statement};"
            return
        yield f"{one_batch(step.backfill)};"
    elif not step.sql:
        yield f"-- {ASK}"
    elif step.scope is Scope.TRANSACTION:
        yield "BEGIN;"
        yield f"{LOCK_TIMEOUT};"
        yield from (f"{statement.strip()};" for statement in step.sql)
        yield "COMMIT;"
    else:
        yield from (f"{statement.strip()};" for statement in step.sql)


def one_batch(backfill: Backfill) -> str:
    """An UPDATE of some of the rows that need it."""
    rows = f"SELECT ctid FROM {backfill.table} WHERE {backfill.where} LIMIT {BATCH}"
    # A ctid is one row of a partition, and may be another one of the next; or be written meanwhile.
    still = f"AND ({backfill.where})"
    return f"UPDATE {backfill.table} SET {backfill.assignments} WHERE ctid = ANY (ARRAY({rows})) {still}"
