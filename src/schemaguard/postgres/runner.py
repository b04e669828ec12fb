"""Applies one phase of a plan to a live database: probe, lock, run, check, write down.

Resuming rests on the probes, not on the journal: what the database says counts.
"""

from collections.abc import Callable
from dataclasses import field
from itertools import takewhile

import psycopg

from schemaguard.dataclass import dataclass
from schemaguard.errors import Refused
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.postgres import journal, preflight
from schemaguard.postgres.asking import are_done, is_there
from schemaguard.postgres.connect import database_errors
from schemaguard.postgres.events import Watch
from schemaguard.postgres.gone import is_gone
from schemaguard.postgres.opening import open_release
from schemaguard.postgres.pace import Effort
from schemaguard.postgres.preconditions import old_code_is_gone
from schemaguard.postgres.preflight import Check, Finding
from schemaguard.postgres.step_run import StepRun
from schemaguard.postgres.throttle import Limits
from schemaguard.postgres.turn import forget_abort, turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user has said of a run."""

    #: The id of the last step to run; "": all of them.
    to: str = ""
    #: Seconds for which each blocking step may try for its locks.
    lock_deadline: float = 60.0
    #: What a backfill waits for.
    limits: Limits = field(default_factory=Limits)
    #: How a backfill is written.
    effort: Effort = field(default_factory=Effort)
    #: The release may have been begun with another plan.
    replan: bool = False
    #: What is there of the release counts, although the journal does not know it.
    adopt: bool = False
    #: What is looked at before the first step.
    checks: tuple[Check, ...] = preflight.CHECKS
    #: Hears what was found before the first step, and raises where nothing is to be run.
    allow: Callable[[tuple[Finding, ...]], None] = preflight.refuse
    #: Seconds from which on a transaction is long.
    long_transaction: float = preflight.LONG


def apply(
    conn: psycopg.Connection,
    plan: Plan,
    phase: Phase,
    *,
    watch: Watch,
    options: Options = Options(),
) -> int:
    """Run every step of the phase that is not done yet; the number of steps that ran.

    ``conn`` is in autocommit mode and belongs to the runner alone. Raises
    Refused (another runner, another plan, an earlier phase that is not
    finished, a contract that running code forbids, somebody who stopped it), NotEnoughEvidence and
    DatabaseError; after each of them the same call goes on where it was.
    """

    def look() -> None:
        options.allow(
            preflight.look(
                conn,
                plan,
                phase,
                to=options.to,
                adopt=options.adopt,
                long_transaction=options.long_transaction,
                checks=options.checks,
            )
        )

    with turn(conn, "before the first step", look):
        with database_errors("before the first step"):
            found = _ready(conn, plan, phase, options)
            written = _done(conn, plan)
        of, ran = len(plan.of(phase)), 0
        for number, step in enumerate(plan.of(phase, to=options.to), start=1):
            run = StepRun(
                *(conn, plan.release, step, number, of, watch),
                plan=plan,
                lock_deadline=options.lock_deadline,
                limits=options.limits,
                effort=options.effort,
                written=step.id in written,
            )
            if number <= found:
                run.say("found")
            else:
                ran += run.run()
        with database_errors("after the last step"):
            forget_abort(conn)
            if _done(conn, plan).issuperset(step.id for step in plan.steps):
                journal.finish_release(conn, plan.release)
        return ran


def _ready(conn: psycopg.Connection, plan: Plan, phase: Phase, options: Options) -> int:
    """Open the release, if its phase may be run; how many of its first steps need not be asked."""
    if journal.exists(conn):
        journal.create(conn)
    gone = is_gone(conn, plan)
    # Where the answer is no, nothing is made.
    _be_in_turn(conn, plan, phase, gone=gone)
    journal.create(conn)
    if gone:
        journal.write_undone(conn, plan.release, message="its tables are as they were before it")
    open_release(conn, plan, replan=options.replan)
    _write_earlier(conn, plan, phase)
    forget_abort(conn)
    finished = journal.is_finished(conn, plan.release)
    if phase is Phase.CONTRACT and not finished:
        old_code_is_gone(conn, plan.release, plan.steps)
    written, steps = _done(conn, plan), plan.of(phase, to=options.to)
    done = list(takewhile(lambda step: step.id in written, steps))
    # What comes after a release may have changed what it has made.
    return len(done) if finished or are_done(conn, done) else 0


def may_run(conn: psycopg.Connection, plan: Plan, phase: Phase) -> None:
    """Refused or NotEnoughEvidence where the phase may not be run now. Only reads."""
    gone = is_gone(conn, plan)
    _be_in_turn(conn, plan, phase, gone=gone)
    if phase is Phase.CONTRACT and (gone or not journal.is_finished(conn, plan.release)):
        old_code_is_gone(conn, plan.release, plan.steps)


def _done(conn: psycopg.Connection, plan: Plan) -> frozenset[str]:
    """The ids of the steps that the journal has as done."""
    return frozenset(id_ for id_, record in journal.steps(conn, plan.release).items() if record.is_done)


def _write_earlier(conn: psycopg.Connection, plan: Plan, phase: Phase) -> None:
    """What is there of earlier phases is written down, where the journal does not know it."""
    written = _done(conn, plan)
    for earlier in Phase:
        if earlier.order < phase.order:
            for number, step in enumerate(plan.of(earlier), start=1):
                if step.id not in written:
                    journal.write_found(conn, plan.release, number, step)


def _be_in_turn(conn: psycopg.Connection, plan: Plan, phase: Phase, *, gone: bool) -> None:
    """Refused where an earlier phase is not finished. ``gone``: whatever the journal says is no longer so."""
    records = journal.steps(conn, plan.release)
    done = {id_ for id_, record in records.items() if record.is_done}
    undone = any(record.state == "undone" for record in records.values())
    # Once the contract has changed something, what expand made is on its way out.
    begun = any(step.id in done and step.statements for step in plan.of(phase))
    if phase is Phase.CONTRACT and begun and not (undone or gone):
        return
    earlier = [step for step in plan.steps if step.phase.order < phase.order]
    if are_done(conn, earlier):
        return
    for step in earlier:
        if not is_there(conn, step):
            lost = ", although the journal says that it was" if step.id in done else ""
            raise Refused(
                f"{phase.value} before {step.phase.value} is finished: {step.title} ({step.id}) is not done"
                + lost,
                advice=f"Run the same command with `--phase {step.phase.value}` first.",
            )
