"""What a phase would send, as SQL with its locks in comments."""

from collections.abc import Iterator

from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.recipe import Backfill, Scope, Step
from schemaguard.report.colour import Paint
from schemaguard.way_back import WayBack, turns


def render_phase(plan: Plan, phase: Phase, paint: Paint, *, to: str = "") -> Iterator[str]:
    """The lines, up to the step of that id; none of it is run."""
    steps = plan.of(phase, to=to)
    yield paint(f"-- release {plan.release}, {phase.value}: {len(steps)} steps; nothing is run", "dim")
    for number, step in enumerate(steps, start=1):
        yield ""
        yield from _step(number, step, paint)


def render_undo(plan: Plan, paint: Paint) -> Iterator[str]:
    """What `undo` would send if all of expand were there."""
    yield paint(f"-- release {plan.release}, taken back; nothing is run", "dim")
    for step in reversed(plan.steps):
        if step.undo is None:
            yield paint(f"-- stays, or is too late to take back: {step.title} ({step.id})", "dim")
        elif step.undo:
            yield paint(f"-- {step.title} ({step.id})", bold=True)
            yield from _way_back(step.undo)


def _way_back(way: WayBack) -> Iterator[str]:
    for turn in turns(way):
        together = not turn.apart and len(turn.sql) > 1
        yield from ("BEGIN;",) if together else ()
        yield from (f"{sql.strip()};" for sql in turn.sql)
        yield from ("COMMIT;",) if together else ()


def _step(number: int, step: Step, paint: Paint) -> Iterator[str]:
    yield paint(f"-- {number}. {step.title} ({step.id})", bold=True)
    for table, mode in step.locks:
        yield paint(f"--    locks {table.text}: {mode.value}, {step.lock_class.value}", "dim")
    if step.backfill is not None:
        yield from _batches(step.backfill, paint)
    elif not step.sql:
        yield f"{' '.join(step.probe.split())}; {paint('-- must be true', 'dim')}"
    elif step.scope is Scope.TRANSACTION:
        yield "BEGIN;"
        yield from (f"{sql.strip()};" for sql in step.sql)
        yield "COMMIT;"
    else:
        yield from (f"{sql.strip()};" for sql in step.sql)


def _batches(backfill: Backfill, paint: Paint) -> Iterator[str]:
    yield paint("--    in batches along the primary key, each its own transaction", "dim")
    yield f"{backfill.statement};"
