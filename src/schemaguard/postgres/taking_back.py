"""Takes a release back on a live database: what expand has made goes, the last first."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import psycopg
from psycopg import errors

from schemaguard.conditions import asks_the_journal
from schemaguard.dataclass import dataclass
from schemaguard.errors import NotEnoughEvidence, Refused, SchemaguardError
from schemaguard.gates import Answer, may_undo
from schemaguard.locks import LockMode
from schemaguard.phase import Phase
from schemaguard.plan.fingerprint import fingerprint
from schemaguard.plan.plan import Plan
from schemaguard.plan.stamps import MARK
from schemaguard.postgres import journal
from schemaguard.postgres.asking import boolean, probe
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import database_errors
from schemaguard.postgres.events import Watch
from schemaguard.postgres.later import later_plans
from schemaguard.postgres.preflight import be_direct
from schemaguard.postgres.telling import Telling
from schemaguard.postgres.transactions import in_one_transaction, limit
from schemaguard.postgres.turn import forget_abort, turn
from schemaguard.recipe import Holding, Scope, Step
from schemaguard.way_back import Turn, WayBack, turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What the user has said although the database cannot tell, or tells otherwise."""

    #: Nobody uses the new shape, whatever sessions there are that no deployment explains.
    unused: bool = False
    #: What only the new shape holds may go.
    discard: bool = False


def take_back(
    conn: psycopg.Connection, plan: Plan, *, watch: Watch, consent: Consent, lock_deadline: float = 60.0
) -> None:
    """Undo every step that is there. What cannot be undone, and is in nobody's way, stays, and is told of.

    ``conn`` and ``lock_deadline`` as of ``runner.apply``. Raises Refused where the contract has gone too
    far, where the new shape is used, or rows hold what only it can; NotEnoughEvidence, DatabaseError.
    After each of them the same call goes on where it was.
    """
    with turn(conn, "before the first step", partial(be_direct, conn)):
        with database_errors("before the first step"):
            journal.create(conn)
            if not journal.is_begun(conn, plan.release):
                raise Refused(
                    f"release {plan.release} is not begun on this database",
                    advice="`schemaguard status` shows which are.",
                )
            forget_abort(conn)
            _is_the_last(conn, plan)
            records = journal.steps(conn, plan.release)
            there = tuple(_there(conn, plan, records))
            _is_not_too_late(there)
            _is_unused(conn, plan.release, consent)
            _nothing_is_lost(conn, there, consent)
        for number, step in enumerate(reversed(there), start=1):
            _BackRun(
                *(conn, plan.release, step, number, len(there), watch),
                lock_deadline=lock_deadline,
                half_done=_in_turns(step) and not records[step.id].is_done,
            ).run()
        with database_errors("after the last step"):
            forget_abort(conn)
            left = fingerprint(read_schema(conn), plan.tables)
            journal.write_undone(conn, plan.release, kept=_kept(there), left_at=left)


def _there(conn: psycopg.Connection, plan: Plan, records: Mapping[str, journal.StepRecord]) -> Iterator[Step]:
    """The steps of which something is there."""
    for step in plan.steps:
        record = records.get(step.id)
        if record is None or record.state == "undone" or not step.statements:
            continue
        # Its own attempt, or one to take it back, was killed between two statements.
        half_done = (step.scope is Scope.ALONE or _in_turns(step)) and not record.is_done
        # What another has written down of the migration is not ours to take back.
        if MARK in step.id and record.state != "done":
            continue
        if half_done or (step.undo != () and probe(conn, step)):
            yield step


def _is_not_too_late(there: Sequence[Step]) -> None:
    for step in there:
        if step.phase is Phase.CONTRACT and step.undo is None:
            raise Refused(
                f"the contract has begun, and this cannot be taken back: {step.title} ({step.id})",
                advice="Finish it: `schemaguard apply --phase contract`. What is gone has to be made anew.",
            )


def _is_the_last(conn: psycopg.Connection, plan: Plan) -> None:
    """What came after it may rest on it."""
    for later in later_plans(conn, plan):
        both = sorted(table.text for table in {*plan.tables} & {*later.tables})
        if both or (plan.revision_after and later.revision_after):
            what = f", which is about {', '.join(both)} as well" if both else ""
            raise Refused(
                f"{plan.release} cannot be taken back: release {later.release} came after it{what}",
                advice=f"`schemaguard undo {later.release}` first.",
            )


def _is_unused(conn: psycopg.Connection, release: str, consent: Consent) -> None:
    decision = may_undo(release, journal.deployments(conn), journal.sessions(conn))
    what = f"{release} cannot be taken back: " + "; ".join(decision.reasons)
    if decision.answer is Answer.NO:
        raise Refused(
            what, advice="Lead the traffic back to the old version first, then `schemaguard retired VERSION`."
        )
    if decision.answer is Answer.UNKNOWN and not consent.unused:
        raise NotEnoughEvidence(
            what,
            advice="Say what runs: `schemaguard deployed VERSION --application-name NAME`; or, if you know"
            " that nobody uses the new shape, --unused.",
        )


def _nothing_is_lost(conn: psycopg.Connection, there: Sequence[Step], consent: Consent) -> None:
    lost: list[str] = []
    stopping: list[str] = []
    for step in there:
        for holding in step.holds if step.undo is not None else ():
            if consent.discard and not holding.stops:
                continue
            if told := _counted(conn, holding):
                (stopping if holding.stops else lost).append(told)
    if stopping:
        raise Refused(
            f"what the release has let in is in the way: {'; '.join(stopping)}",
            advice="Mend these rows first; then the same command goes on.",
        )
    if lost:
        raise Refused(
            f"what only the new shape holds would be lost: {'; '.join(lost)}",
            advice="Save them first; then --discard gives them up.",
        )


def _counted(conn: psycopg.Connection, holding: Holding) -> str:
    """How many rows of what, for people; "": none. An INSERT's own query is among what is asked."""
    try:
        with conn.transaction():
            conn.execute("SET TRANSACTION READ ONLY")
            row = conn.execute(holding.count.encode()).fetchone()
    except psycopg.Error as error:
        if holding.or_else is not None and not conn.closed:
            return _counted(conn, holding.or_else)
        if not isinstance(error, errors.UndefinedColumn | errors.UndefinedTable):
            raise
        return f"an unknown number of {holding.what}"  # A later step has given it another name.
    return f"{row[0]:,} {holding.what}" if row and row[0] else ""


def _kept(there: Sequence[Step]) -> list[str]:
    """The steps that stay and of which nothing but the journal can tell: rows that came, rights."""
    return [
        step.id
        for step in there
        if step.undo is None and step.scope is Scope.TRANSACTION and asks_the_journal(step.probe)
    ]


def _in_turns(step: Step) -> bool:
    """Whether it is taken back in more than one transaction."""
    return len(tuple(turns(step.undo or ()))) > 1


@dataclass(slots=True, kw_only=True)
class _BackRun(Telling):
    """One step, being taken back."""

    lock_deadline: float
    #: An attempt of it, or to take it back in more than one transaction, was killed.
    half_done: bool

    def run(self) -> None:
        if self.step.undo is None:
            self.say("stays", "it cannot be taken back, and is in nobody's way")
            return
        self.obey()
        self.say("begin")
        try:
            with database_errors(f"step {self.step.id}"):
                # A failed build leaves an index that is not valid, which goes as well.
                if self.step.scope is Scope.ALONE:
                    self._apart(self.step.tidy)
                self._turns(self.step.undo if self.half_done or probe(self.conn, self.step) else ())
        except SchemaguardError as error:
            self.say("failed", error.what)
            self.stop_if_asked()
            raise
        self.say("undone")

    def _turns(self, way: WayBack) -> None:
        """The last one with its line in the journal."""
        ahead, last = list(turns(way)), Turn(())
        if len(ahead) > 1:
            journal.begin_step(self.conn, self.release, self.number, self.step)
        if ahead and not ahead[-1].apart:
            last = ahead.pop()
        patient = any(one.apart for one in ahead)
        for one in ahead:
            if not one.apart:
                self._together(one.sql, patient=patient)
            elif not (one.done and boolean(self.conn, one.done)):
                self._apart(one.sql)
        self._together(last.sql, patient=patient, end=True)

    def _apart(self, statements: Sequence[str]) -> None:
        """Each by itself, under locks that let reads and writes through."""
        limit(self.conn, lock_ms=0, statement_ms=0)
        self._run(statements)

    def _run(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self.conn.execute(statement.encode())

    def _together(self, statements: Sequence[str], *, patient: bool, end: bool = False) -> None:
        """``patient``: what needs stronger locks than the step itself has a turn of its own."""
        locks = [(table, mode if patient else LockMode.ACCESS_EXCLUSIVE) for table, mode in self.step.locks]

        def work() -> None:
            self._run(statements)
            if end:
                journal.end_step(self.conn, self.release, self.step, "undone")

        in_one_transaction(self.conn, locks if statements else (), self.patience(self.lock_deadline), work)
