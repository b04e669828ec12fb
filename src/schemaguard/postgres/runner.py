"""Applies one phase of a plan to a live database: probe, lock, run, check, write down.

Resuming rests on the probes, not on the journal: what the database says counts.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

import psycopg

from schemaguard.errors import DatabaseError, Refused, SchemaguardError
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.postgres import backfill, journal, preflight, round_trips
from schemaguard.postgres.connect import database_errors
from schemaguard.postgres.locks import Blocker, be_the_only_runner, begin_with_locks, patience
from schemaguard.postgres.preconditions import be_able_to_write, be_unhurried, not_so, old_code_is_gone
from schemaguard.postgres.preflight import Finding
from schemaguard.recipe import LockClass, Scope, Step

#: Milliseconds that a blocking step may run once it holds its locks.
BLOCKING_STATEMENT_MS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, for those who watch: ``kind`` is begin, wait, note, progress, done, found or failed."""

    kind: str
    step: str
    title: str
    #: 1 for the first step of the phase.
    number: int
    of: int
    seconds: float = 0.0
    message: str = ""
    rows: int = 0
    rows_estimate: int = -1
    rate: float = 0.0
    batch: int = 0


Watch = Callable[[Event], None]


def apply(
    conn: psycopg.Connection,
    plan: Plan,
    phase: Phase,
    *,
    watch: Watch,
    lock_deadline: float = 60.0,
    to: str = "",
    allow: Callable[[tuple[Finding, ...]], None] = preflight.refuse,
    long_transaction: float = preflight.LONG,
) -> int:
    """Run every step of the phase that is not done yet; the number of steps that ran.

    ``to``: the id of the last step to run; "": all of them.
    ``allow`` hears what was found before the first step, and raises where nothing is to be run.
    ``conn`` is in autocommit mode and belongs to the runner alone. Raises
    Refused (another runner, another plan, an earlier phase that is not
    finished, a contract that running code forbids), NotEnoughEvidence and
    DatabaseError; after each of them the same call goes on where it was.
    ``lock_deadline`` is in seconds, for each blocking step.
    """
    with database_errors("before the first step"):
        be_able_to_write(conn)
        be_unhurried(conn)
        # Before the lock: behind a pooler it would stay in a session that is no longer ours.
        allow(preflight.look(conn, plan, phase, to=to, long_transaction=long_transaction))
        be_the_only_runner(conn)
    try:
        with database_errors("before the first step"):
            journal.create(conn)
            journal.open_release(conn, plan)
            _earlier_phases_are_done(conn, plan, phase)
            if phase is Phase.CONTRACT:
                old_code_is_gone(conn, plan.release, plan.steps)
            written = {id_ for id_, record in journal.steps(conn, plan.release).items() if record.is_done}
            steps = plan.of(phase, to=to)
            done = list(takewhile(lambda step: step.id in written, steps))
            found = len(done) if are_done(conn, done) else 0
        of, ran = len(plan.of(phase)), 0
        for number, step in enumerate(steps, start=1):
            is_written = step.id in written
            runner = _StepRun(conn, plan, step, number, of, watch, lock_deadline, is_written)
            if number <= found:
                runner.say_found()
            else:
                ran += runner.run()
        with database_errors("after the last step"):
            # The last first: it is the one that is missing, if any is.
            if all(probe(conn, step) for step in reversed(plan.of(Phase.CONTRACT))):
                journal.finish_release(conn, plan.release)
        return ran
    finally:
        _let_go(conn)


def probe(conn: psycopg.Connection, step: Step) -> bool:
    """Is the step's end state there already?"""
    return _boolean(conn, step.probe)


def are_done(conn: psycopg.Connection, steps: Sequence[Step]) -> bool:
    """Are the end states of all of them there already? One question, for hundreds take their time.

    False also where one of them cannot be asked.
    """
    with suppress(psycopg.Error):
        return _boolean(conn, f"SELECT {' AND '.join(f'({step.probe})' for step in steps) or 'true'}")
    return False


def _boolean(conn: psycopg.Connection, query: str) -> bool:
    row = conn.execute(query).fetchone()
    return bool(row and row[0])


def _let_go(conn: psycopg.Connection) -> None:
    """Leave the session as it was found; a lost connection has let go by itself."""
    if not conn.closed and conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
        conn.execute("SELECT pg_advisory_unlock_all()")


def _earlier_phases_are_done(conn: psycopg.Connection, plan: Plan, phase: Phase) -> None:
    # Once the contract has begun, what expand made is on its way out.
    if phase is Phase.CONTRACT and any(
        record.phase == "contract" for record in journal.steps(conn, plan.release).values()
    ):
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


@dataclass(slots=True)
class _StepRun:
    """One step, being run."""

    conn: psycopg.Connection
    plan: Plan
    step: Step
    number: int
    of: int
    watch: Watch
    lock_deadline: float
    #: The journal says that it is done.
    written: bool
    begun: float = 0.0

    def say_found(self) -> None:
        """Tell that the step's end state was there already."""
        self.begun = time.monotonic()
        self._say("found")

    def run(self) -> bool:
        """False: the step's end state was there already."""
        self.begun = time.monotonic()
        with database_errors(f"step {self.step.id}"):
            if self._is_there():
                if not self.written:
                    self._write_found()
                self._say("found")
                return False
            journal.begin_step(self.conn, self.plan.release, self.number, self.step)
        self._say("begin")
        try:
            with database_errors(f"step {self.step.id}"):
                self._run()
                self._check()
        except SchemaguardError as error:
            self._failed(error.what)
            raise
        except KeyboardInterrupt:
            self._failed("interrupted")
            raise
        self._say("done")
        return True

    def _is_there(self) -> bool:
        try:
            return probe(self.conn, self.step)
        except (psycopg.ProgrammingError, psycopg.DataError) as error:
            if self.step.statements:
                raise
            raise not_so(self.conn, self.step, error) from error

    def _run(self) -> None:
        match self.step.scope:
            case Scope.BATCHES:
                for note in round_trips.noted(self.conn, self.plan, self.step):
                    self._say("note", message=note)
                backfill.run(self.conn, self.plan.release, self.step, self._progress)
                self._write_done()
            case Scope.ALONE:
                self._settings(lock_ms=0, statement_ms=0)
                for statement in (*self.step.tidy, *self.step.sql):
                    self.conn.execute(statement)
                self._write_done()
            case Scope.TRANSACTION:
                self._in_one_transaction()

    def _in_one_transaction(self) -> None:
        """The statements and their line in the journal come true together or not at all."""
        waiting = patience(self.lock_deadline, self._waiting)
        try:
            begin_with_locks(self.conn, self.step.locks, waiting)
            if self.step.lock_class is LockClass.BLOCKING:
                self._settings(lock_ms=50, statement_ms=BLOCKING_STATEMENT_MS, local=True)
            else:
                self._settings(lock_ms=0, statement_ms=0, local=True)
            for statement in self.step.sql:
                self.conn.execute(statement)
            self._write_done(lock_tries=waiting.tries, lock_wait_ms=waiting.waited_ms)
            self.conn.execute("COMMIT")
        except BaseException:
            if not self.conn.closed:
                self.conn.rollback()
            raise

    def _settings(self, *, lock_ms: int, statement_ms: int, local: bool = False) -> None:
        for name, value in (("lock_timeout", lock_ms), ("statement_timeout", statement_ms)):
            self.conn.execute("SELECT set_config(%s, %s, %s)", (name, f"{value}ms", local))

    def _check(self) -> None:
        if not self.step.check or _boolean(self.conn, self.step.check):
            return
        if not self.step.statements:
            raise not_so(self.conn, self.step)
        raise DatabaseError(
            f"step {self.step.id} ran, but its check is not true: {self.step.check}",
            advice="Nothing after it was run. Look at what the query counts, then run the command again.",
        )

    def _write_found(self) -> None:
        # Together: of some steps nothing but the journal tells that they are done.
        with self.conn.transaction():
            journal.begin_step(self.conn, self.plan.release, self.number, self.step)
            journal.end_step(self.conn, self.plan.release, self.step, "found")

    def _write_done(self, *, lock_tries: int = 0, lock_wait_ms: int = 0) -> None:
        journal.end_step(
            self.conn,
            self.plan.release,
            self.step,
            "done",
            lock_tries=lock_tries,
            lock_wait_ms=lock_wait_ms,
        )

    def _failed(self, message: str) -> None:
        self._say("failed", message=message)
        if not self.conn.closed and self.conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            with database_errors(f"step {self.step.id}"):
                journal.end_step(self.conn, self.plan.release, self.step, "failed", error=message)

    def _waiting(self, table: Relation, blockers: tuple[Blocker, ...]) -> None:
        who = "; ".join(map(str, blockers)) or "a holder that came and went"
        self._say("wait", message=f"{table.text} is held by {who}")

    def _progress(self, progress: backfill.Progress) -> None:
        self.watch(
            Event(
                kind="progress",
                step=self.step.id,
                title=self.step.title,
                number=self.number,
                of=self.of,
                seconds=time.monotonic() - self.begun,
                rows=progress.seen,
                rows_estimate=progress.estimate,
                rate=progress.rate,
                batch=progress.batch,
            )
        )

    def _say(self, kind: str, *, message: str = "") -> None:
        self.watch(
            Event(
                kind=kind,
                step=self.step.id,
                title=self.step.title,
                number=self.number,
                of=self.of,
                seconds=time.monotonic() - self.begun,
                message=message,
            )
        )
