"""Applies one phase of a plan to a live database: probe, lock, run, check, write down.

Resuming rests on the probes, not on the journal: what the database says counts.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile

import psycopg

from schemaguard.errors import Refused
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.postgres import journal, preflight, requests
from schemaguard.postgres.asking import are_done, probe
from schemaguard.postgres.connect import database_errors, settled
from schemaguard.postgres.events import Watch
from schemaguard.postgres.locks import be_the_only_runner
from schemaguard.postgres.opening import open_release
from schemaguard.postgres.preconditions import be_able_to_write, be_unhurried, old_code_is_gone
from schemaguard.postgres.preflight import Finding
from schemaguard.postgres.step_run import StepRun
from schemaguard.postgres.throttle import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user has said of a run."""

    #: The id of the last step to run; "": all of them.
    to: str = ""
    #: Seconds for which each blocking step may try for its locks.
    lock_deadline: float = 60.0
    #: What a backfill waits for.
    limits: Limits = field(default_factory=Limits)
    #: The release may have been begun with another plan.
    replan: bool = False
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
    asked: Asked = Asked(),
) -> int:
    """Run every step of the phase that is not done yet; the number of steps that ran.

    ``conn`` is in autocommit mode and belongs to the runner alone. Raises
    Refused (another runner, another plan, an earlier phase that is not
    finished, a contract that running code forbids, somebody who stopped it), NotEnoughEvidence and
    DatabaseError; after each of them the same call goes on where it was.
    """
    to = asked.to
    with database_errors("before the first step"):
        be_able_to_write(conn)
        be_unhurried(conn)
        # Before the lock: behind a pooler it would stay in a session that is no longer ours.
        asked.allow(preflight.look(conn, plan, phase, to=to, long_transaction=asked.long_transaction))
        be_the_only_runner(conn)
    try:
        with database_errors("before the first step"):
            journal.create(conn)
            _earlier_phases_are_done(conn, plan, phase)
            open_release(conn, plan, replan=asked.replan)
            forget_abort(conn)
            finished = journal.is_finished(conn, plan.release)
            if phase is Phase.CONTRACT and not finished:
                old_code_is_gone(conn, plan.release, plan.steps)
            written = {id_ for id_, record in journal.steps(conn, plan.release).items() if record.is_done}
            steps = plan.of(phase, to=to)
            done = list(takewhile(lambda step: step.id in written, steps))
            # What comes after a release may have changed what it has made.
            found = len(done) if finished or are_done(conn, done) else 0
        of, ran = len(plan.of(phase)), 0
        for number, step in enumerate(steps, start=1):
            run = StepRun(
                *(conn, plan.release, step, number, of, watch),
                plan=plan,
                lock_deadline=asked.lock_deadline,
                limits=asked.limits,
                written=step.id in written,
            )
            if number <= found:
                run.say("found")
            else:
                ran += run.run()
        with database_errors("after the last step"):
            forget_abort(conn)
            written = {id_ for id_, record in journal.steps(conn, plan.release).items() if record.is_done}
            if written.issuperset(step.id for step in plan.steps):
                journal.finish_release(conn, plan.release)
        return ran
    finally:
        let_go(conn)


def forget_abort(conn: psycopg.Connection) -> None:
    """Who asked to stop asked a run that has ended before it could hear."""
    asked = requests.pending(conn)
    if asked is not None and asked.wish == "abort":
        requests.withdraw(conn)


def let_go(conn: psycopg.Connection) -> None:
    """Leave the session as it was found; a lost connection has let go by itself."""
    if settled(conn):
        with suppress(psycopg.OperationalError):
            conn.execute("SELECT pg_advisory_unlock_all()")


def _earlier_phases_are_done(conn: psycopg.Connection, plan: Plan, phase: Phase) -> None:
    records = journal.steps(conn, plan.release)
    done = {id_ for id_, record in records.items() if record.is_done}
    undone = any(record.state == "undone" for record in records.values())
    # Once the contract has changed something, what expand made is on its way out.
    begun = any(step.id in done and step.statements for step in plan.of(phase))
    if phase is Phase.CONTRACT and begun and not undone:
        return
    earlier = [step for step in plan.steps if step.phase.order < phase.order]
    if are_done(conn, earlier):
        return
    for step in earlier:
        if not probe(conn, step):
            raise Refused(
                f"{phase.value} before {step.phase.value} is finished: {step.title} ({step.id}) is not done",
                advice=f"Run `schemaguard apply --phase {step.phase.value}` first.",
            )
