"""A plan as SQL files for psql: what comes first, the rows, and the rest when the old code is gone."""

from collections.abc import Iterable, Iterator, Sequence

from schemaguard.conditions import asks_the_journal
from schemaguard.names import dollar_quoted, literal
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
    since: list[Step] = []
    for step in steps:
        lines.append("")
        lines.extend(_step(step, since))
        since = [step] if step.scope is Scope.TRANSACTION and step.sql else [*since, step]
    lines.extend(_guards(step for step in since if not step.statements))
    return "\n".join(lines) + "\n"


WHEN = {
    Phase.EXPAND: "before the new code is deployed",
    Phase.BACKFILL: "after expand, while the old code runs",
    Phase.CONTRACT: "when no old code runs any more, and the backfill is done",
}


def guard(step: Step) -> str:
    """A statement that fails where the step is not done, or asks for what is not so; "": nothing can tell."""
    asked = (step.check or step.probe).removeprefix("SELECT ")
    # Without the runner there is no journal.
    if asks_the_journal(asked):
        return ""
    said = literal(f"it is not true, or not done yet: {step.title}")
    block = f" BEGIN IF NOT ({asked}) THEN RAISE EXCEPTION USING MESSAGE = {said}; END IF; END "
    return f"DO {dollar_quoted(block, 'guard')}"


def _guards(steps: Iterable[Step]) -> list[str]:
    return [f"{text};" for text in map(guard, steps) if text]


def _step(step: Step, since: Sequence[Step]) -> Iterator[str]:
    """Its statements. A transaction fails where one of the steps ``since`` the last one has not come true."""
    yield f"-- {step.title}"
    if step.backfill is not None:
        if step.phase is not Phase.BACKFILL:
            yield "-- schemaguard: allow update-of-all-rows"
            yield f"{step.backfill.statement};"
            return
        yield f"{one_batch(step.backfill)};"
    elif not step.sql:
        yield "-- (What comes next fails where this is not so.)"
    elif step.scope is Scope.TRANSACTION:
        yield "BEGIN;"
        yield f"{LOCK_TIMEOUT};"
        yield from _guards(since)
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


def all_batches(backfill: Backfill) -> str:
    """A block that writes all of them, each batch in a transaction of its own: for autocommit only."""
    block = f" BEGIN LOOP {one_batch(backfill)}; EXIT WHEN NOT FOUND; COMMIT; END LOOP; END "
    return f"DO {dollar_quoted(block, 'rows')}"
