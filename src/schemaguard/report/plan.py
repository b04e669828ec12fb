"""A plan for people: its steps by phase, what each locks, and whether it can be taken back."""

from collections.abc import Iterator

from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.recipe import LockClass, Scope, Step
from schemaguard.report.colour import Paint

_WHEN = {
    Phase.EXPAND: "before the new code is deployed; the old code does not notice",
    Phase.BACKFILL: "while the old code runs; the new code is deployed after it",
    Phase.CONTRACT: "when no old code runs any more",
}
_COLOURS = {Phase.EXPAND: "green", Phase.BACKFILL: "blue", Phase.CONTRACT: "magenta"}


def render_plan(plan: Plan, *, color: bool) -> str:
    """The whole plan as text."""
    return "\n".join(_lines(plan, Paint(color))) + "\n"


def _lines(plan: Plan, paint: Paint) -> Iterator[str]:
    yield f"{paint(f'release {plan.release}', bold=True)}: {len(plan.steps)} steps"
    yield paint(f"from schema {plan.starts_from} to {plan.ends_at}, plan {plan.digest[:12]}", "dim")
    for phase in Phase:
        steps = plan.of(phase)
        if steps:
            yield ""
            yield f"{paint(phase.value.upper(), _COLOURS[phase], bold=True)}  {_WHEN[phase]}"
            for number, step in enumerate(steps, start=1):
                yield from _step(number, step, paint)
    if plan.notes:
        yield ""
        yield paint("NOTE", "yellow", bold=True)
        yield from (f"  {note}" for note in plan.notes)


def _step(number: int, step: Step, paint: Paint) -> Iterator[str]:
    yield f"{number:>4}. {paint(step.title, bold=True)}"
    for statement in step.sql:
        yield from (paint(f"        {line}", "cyan") for line in _shortened(f"{statement.strip()};"))
    if step.backfill is not None:
        yield paint(f"        {step.backfill.statement};", "cyan")
    yield paint(f"        {'; '.join(_facts(step))}", "dim")


def _shortened(statement: str) -> Iterator[str]:
    """A statement's lines; of a function's body only how long it is."""
    lines = statement.splitlines()
    if len(lines) <= 6:
        yield from lines
        return
    yield lines[0]
    yield f"  ... {len(lines) - 2} lines ..."
    yield lines[-1]


def _facts(step: Step) -> Iterator[str]:
    if not step.sql and step.backfill is None:
        yield "a question; nothing is changed"
        return
    for table, mode in step.locks:
        waits = _waits(step)
        yield f"locks {table.text}: {mode.value}{waits}"
    match step.scope:
        case Scope.ALONE:
            yield "outside any transaction"
        case Scope.BATCHES:
            yield "in small batches, each its own transaction"
        case Scope.TRANSACTION:
            yield "in one transaction"
    match step.undo:
        case None:
            yield "cannot be taken back"
        case ():
            yield "nothing to take back"
        case _:
            yield "can be taken back"


def _waits(step: Step) -> str:
    return ", for a moment, never queueing" if step.lock_class is LockClass.BLOCKING else ", others go on"
