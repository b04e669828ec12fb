"""One step of a plan, being run: probe, lock, run, check, write down."""

from functools import partial

import psycopg

from schemaguard.dataclass import dataclass
from schemaguard.errors import DatabaseError, SchemaguardError
from schemaguard.plan.plan import Plan
from schemaguard.postgres import backfill, journal, round_trips
from schemaguard.postgres.asking import boolean, probe
from schemaguard.postgres.connect import database_errors, settled
from schemaguard.postgres.course import Progress
from schemaguard.postgres.locks import Patience, in_time
from schemaguard.postgres.pace import Effort
from schemaguard.postgres.preconditions import not_so
from schemaguard.postgres.telling import Telling
from schemaguard.postgres.throttle import Limits, Throttle
from schemaguard.postgres.transactions import LOCK_MS, in_one_transaction, limit
from schemaguard.recipe import LockClass, Scope


@dataclass(slots=True, kw_only=True)
class StepRun(Telling):
    """One step, being run."""

    plan: Plan
    lock_deadline: float
    limits: Limits
    effort: Effort
    #: The journal says that it is done.
    written: bool

    def run(self) -> bool:
        """False: the step's end state was there already."""
        with database_errors(f"step {self.step.id}"):
            if self._is_there():
                if not self.written:
                    journal.write_found(self.conn, self.release, self.number, self.step)
                self.say("found")
                return False
            self.obey()
            journal.begin_step(self.conn, self.release, self.number, self.step)
        self.say("begin")
        try:
            with database_errors(f"step {self.step.id}"):
                self._run()
                self._check()
        except SchemaguardError as error:
            self._failed(error.what)
            self.stop_if_asked()
            raise
        except KeyboardInterrupt:
            self._failed("interrupted")
            raise
        self.say("done")
        return True

    def _is_there(self) -> bool:
        try:
            return probe(self.conn, self.step)
        except (psycopg.ProgrammingError, psycopg.DataError) as error:
            if self.step.statements:
                raise
            raise not_so(self.conn, self.step, error) from error

    def _run(self) -> None:
        waiting = self.patience(self.lock_deadline)
        match self.step.scope:
            case Scope.BATCHES:
                for note in round_trips.noted(self.conn, self.plan, self.step):
                    self.say("note", note)
                assert self.step.backfill is not None
                say = partial(self.say, "wait")
                throttle = Throttle(self.conn, self.step.backfill.table, self.limits, say, self.obey)

                def between(progress: Progress) -> None:
                    self.say_how_far(progress)
                    self.obey()
                    throttle.wait()

                backfill.run(self.conn, self.release, self.step, between, self.effort)
                self._write_done()
            case Scope.ALONE:
                in_time(self._alone, waiting)
                self._write_done()
            case Scope.TRANSACTION:
                in_one_transaction(
                    self.conn,
                    self.step.locks,
                    waiting,
                    partial(self._statements, waiting),
                    blocking=self.step.lock_class is LockClass.BLOCKING,
                )

    def _alone(self) -> None:
        blocking = self.step.lock_class is LockClass.BLOCKING
        limit(self.conn, lock_ms=LOCK_MS if blocking else 0, statement_ms=0)
        try:
            for statement in (*self.step.tidy, *self.step.sql):
                self.conn.execute(statement)
        except psycopg.errors.LockNotAvailable:
            # What it has begun the next step ends.
            if not probe(self.conn, self.step):
                raise

    def _statements(self, waiting: Patience) -> None:
        """The statements and their line in the journal come true together or not at all."""
        for statement in (*self.step.tidy, *self.step.sql):
            self.conn.execute(statement)
        self._write_done(lock_tries=waiting.tries, lock_wait_ms=waiting.waited_ms)

    def _check(self) -> None:
        if not self.step.check or boolean(self.conn, self.step.check):
            return
        if not self.step.statements:
            raise not_so(self.conn, self.step)
        raise DatabaseError(
            f"step {self.step.id} ran, but its check is not true: {self.step.check}",
            advice="Nothing after it was run. Look at what the query counts, then run the command again.",
        )

    def _write_done(self, *, lock_tries: int = 0, lock_wait_ms: int = 0) -> None:
        journal.end_step(
            self.conn,
            self.release,
            self.step,
            "done",
            lock_tries=lock_tries,
            lock_wait_ms=lock_wait_ms,
        )

    def _failed(self, message: str) -> None:
        self.say("failed", message)
        if settled(self.conn):
            with database_errors(f"step {self.step.id}"):
                journal.end_step(self.conn, self.release, self.step, "failed", error=message)
                journal.note(self.conn, "failed", release=self.release, step=self.step.id, message=message)
