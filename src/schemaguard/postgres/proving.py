"""Walks a plan on a shadow database, kills it at every step, takes it back, and looks where it ends."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import takewhile

import psycopg

from schemaguard.compat.cells import State
from schemaguard.costs import Cost, Lock, blocks
from schemaguard.errors import NotSo, Refused, SchemaguardError
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.fingerprint import fingerprint
from schemaguard.plan.plan import Plan
from schemaguard.plan.proof import Claim, Proof
from schemaguard.postgres import journal, runner
from schemaguard.postgres.as_written import end_of, spare, with_alembic
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.contents import misnumbered, numbered_anew, together, unlike, varying
from schemaguard.postgres.moment import Moment
from schemaguard.postgres.shadow_databases import Builder, Servers, build, shadow_database
from schemaguard.postgres.shape import differences
from schemaguard.postgres.undoing import undo
from schemaguard.postgres.witness import Witnessed, witness, wrong_costs, wrong_schema
from schemaguard.recipe import LockClass, Scope, Step

#: Milliseconds after which an attempt is cancelled that a writer holds up.
HELD_UP_MS = 150

NOT_YET = "its probe tells that it is not done yet"

#: Told of a step: its number, of how many, its title.
Watch = Callable[[int, int, str], None]


def prove(server: Servers, plan: Plan, before: str | Builder, naive: Sequence[State], watch: Watch) -> Proof:
    """Hold the plan to all that it promises, on databases that begin as ``before`` says, with rows.

    ``naive`` is the migration that the plan was made of, statement by statement. ``watch`` is told of each
    step. Refused where the migration fails by itself, or has no gentle way because of what the schema is;
    DatabaseError where the schema before it cannot be built.
    """
    with connect(server.dsn()) as over, shadow_database(server, None, over) as start:
        rows = build(server, start, before)
        naive = [*naive, *_apart(plan), *with_alembic(server.dsn(start), plan)]
        notes = [f"no row could be made for {'.'.join(table)}: {why}" for table, why in rows.empty.items()]
        notes += spare(server, start, naive, rows, over)
        notes += [f"it ends apart from the migration: {' '.join(sql.split())}" for sql in plan.ends_apart]
        with connect(server.dsn(start)) as conn:
            first = Moment.of(conn)
            major = conn.info.server_version // 10_000
            claims = [_claim("", "it starts from the schema that is there", _starts(conn, plan))]
        with shadow_database(server, start, over) as walked:
            walk = _Walk(server, over, walked, plan, first, watch)
            walk.go()
            claims += walk.claims
            notes += walk.notes
            if not walk.ended:
                claims += _ends(server, over, start, walked, plan, naive, first)
    return Proof(major=major, rows=len(first.contents), claims=tuple(claims), notes=tuple(notes))


class _Killed(Exception):
    """The process that ran the plan is no more."""


@dataclass(slots=True)
class _Walk:
    """A plan that is run on a database, and killed before and after each step."""

    server: Servers
    #: A connection to another database of it, for all that is done to whole databases.
    over: psycopg.Connection
    database: str
    plan: Plan
    first: Moment
    watch: Watch
    claims: list[Claim] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    #: Why it did not come to its end; "": it did.
    ended: str = ""
    #: What is in the database, where that is known.
    _now: Moment | None = None
    #: The first steps of expand, as far as they can be taken back.
    _taken_back: list[Step] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def go(self) -> None:
        """From the first step to the last, killed at each."""
        self._now = self.first
        expand = self.plan.of(Phase.EXPAND)
        self._taken_back = list(takewhile(lambda step: step.undo is not None, expand))
        for lasting in expand[len(self._taken_back) :][:1]:
            self.notes[f"not taken back, for this lasts: {lasting.title}"] = None
        for phase in Phase:
            for _ in range(4 * len(self.plan.steps) + 1):
                try:
                    self._apply(phase)
                    break
                except _Killed:
                    continue
                except NotSo as error:
                    if phase is Phase.EXPAND:
                        raise Refused(f"on a shadow database, {error.what}", advice=error.advice) from error
                    self._fails(error)
                    return
                except (SchemaguardError, psycopg.Error) as error:
                    self._fails(error)
                    return
        events: list[runner.Event] = []
        with connect(self.server.dsn(self.database)) as conn:
            runner.apply(conn, self.plan, Phase.CONTRACT, watch=events.append)
        again = [event.step for event in events if event.kind != "found"]
        self._claim("", "run once more it changes nothing", [f"{step} was run again" for step in again])

    def _fails(self, error: Exception) -> None:
        self.ended = str(error)
        self._claim("", "it can be run to its end", [str(error)])

    def _apply(self, phase: Phase) -> None:
        conn = connect(self.server.dsn(self.database))

        def watch(event: runner.Event) -> None:
            kind = "done" if event.kind == "found" else event.kind
            if kind in ("begin", "progress", "done") and (event.step, kind) not in self._seen:
                self._seen.add((event.step, kind))
                self._kill(conn)
                self._look(next(step for step in self.plan.steps if step.id == event.step), kind)
                raise _Killed

        with conn:
            if phase is Phase.CONTRACT:
                _old_code_is_gone(conn, self.plan)
            runner.apply(conn, self.plan, phase, watch=watch)

    def _kill(self, conn: psycopg.Connection) -> None:
        """As kill -9 leaves it: the server sees a connection that ends, and needs a moment for that."""
        pid = conn.info.backend_pid
        conn.close()
        for _ in range(2_500):
            if not self.over.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchall():
                return
            time.sleep(0.004)

    def _look(self, step: Step, kind: str) -> None:
        self.watch(self.plan.steps.index(step) + 1, len(self.plan.steps), step.title)
        if kind == "begin" and step.sql:
            self._before(step)
        elif kind == "done":
            if step.sql and (step.id, "begin") not in self._seen:
                self._claim(step.id, NOT_YET, ["it is found done before it was run"])
            self._after(step)

    def _before(self, step: Step) -> None:
        # On a copy, for a sequence does not go back with its transaction.
        with self._copy(repeats=True) as conn:
            done = ["its probe says that it is done"] if runner.probe(conn, step) else []
            self._claim(step.id, NOT_YET, done)
            if step.scope is Scope.TRANSACTION:
                self._killed_before_commit(step, conn)
            else:
                self._witness(step, list(witness(conn, _script(step))))
        if step.scope is Scope.ALONE:
            self._held_up(step)

    def _killed_before_commit(self, step: Step, conn: psycopg.Connection) -> None:
        """All of the step, seen by the witness, and then no COMMIT."""
        moment = self._now or Moment.of(conn)
        self._witness(step, list(witness(conn, f"BEGIN;\n{_script(step)}")))
        conn.rollback()
        left = list(moment.unlike(Moment.of(conn)))
        self._claim(step.id, "killed before its COMMIT it leaves nothing behind", left)

    def _held_up(self, step: Step) -> None:
        """An attempt that waits for a writer and is cancelled: a half-built index is left behind."""
        with self._connected() as conn, self._connected() as writer, writer.transaction(force_rollback=True):
            for table in self.plan.tables:
                with suppress(psycopg.Error), writer.transaction():
                    writer.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE".encode())
            conn.execute(f"SET statement_timeout = {HELD_UP_MS}".encode())
            with suppress(psycopg.errors.QueryCanceled):
                for statement in step.sql:
                    conn.execute(statement.encode())

    def _witness(self, step: Step, seen: Sequence[Witnessed]) -> None:
        # Of a statement that looks for itself what is to be done, nothing was said.
        read = [one for one in seen if not one.frame.unread]
        wrong = [line for one in read for line in wrong_costs(one) + wrong_schema(one.frame.after, one.after)]
        self._claim(step.id, "what we say of its statements is what the server does", wrong)
        costs = {cost for one in seen for cost in one.costs}
        # Of tables that the release makes nobody knows yet.
        known = (cost for cost in costs if f"relation {cost.table}" in self.first.shape)
        waits = list(_made_to_wait(step, known))
        self._claim(step.id, "nobody waits longer than for its locks, which it takes without queueing", waits)

    def _after(self, step: Step) -> None:
        before, self._now = self._now, None
        if step not in self._taken_back:
            with self._connected() as conn:
                self._found_done(step, conn)
            return
        with self._copy(repeats=True) as conn:
            self._found_done(step, conn)
            self._now = Moment.of(conn)
            undo(conn, [step])
            # Where that leads to what was before the step, the rest of the way back is known.
            left = [""] if before is None else list(before.unlike(Moment.of(conn)))
            if left or step == self._taken_back[-1]:
                undo(conn, self._taken_back[: self._taken_back.index(step)])
                left = list(self.first.unlike(Moment.of(conn)))
        self._claim(step.id, "taken back, all is as it was", left)

    def _found_done(self, step: Step, conn: psycopg.Connection) -> None:
        undone = [] if runner.probe(conn, step) else ["its probe says that it is not done"]
        self._claim(step.id, "killed after its COMMIT it is found done", undone)

    @contextmanager
    def _copy(self, *, repeats: bool = False) -> Iterator[psycopg.Connection]:
        """A connection to a copy of what is there now."""
        with (
            shadow_database(self.server, self.database, self.over) as copy,
            connect(self.server.dsn(copy), repeats=repeats) as conn,
        ):
            yield conn

    def _connected(self) -> psycopg.Connection:
        return connect(self.server.dsn(self.database))

    def _claim(self, step: str, what: str, wrong: Iterable[str]) -> None:
        self.claims.append(_claim(step, what, wrong))


def _claim(step: str, what: str, wrong: Iterable[str]) -> Claim:
    return Claim(step, what, tuple(wrong))


def _apart(plan: Plan) -> Iterator[State]:
    """The way from where the migration itself ends to where the plan says that it ends."""
    for number, sql in enumerate(plan.ends_apart, start=1):
        yield State(name=f"apart-{number}", title=sql, phase=Phase.EXPAND, sql=(sql,), alone=True)


def _script(step: Step) -> str:
    return "".join(f"{statement.strip().rstrip(';')};\n" for statement in step.sql)


def _made_to_wait(step: Step, costs: Iterable[Cost]) -> Iterator[str]:
    """What makes others wait although the step did not say so."""
    taken: dict[Relation, int] = {}
    for table, mode in step.locks:
        taken[table] = max(taken.get(table, 0), mode.strength)
    for cost in costs:
        if blocks(cost):
            yield f"{type(cost).__name__} of {cost.table.text} while writes wait"
        if isinstance(cost, Lock) and cost.mode.stops_writes:
            if step.lock_class is LockClass.PATIENT:
                yield f"{cost.mode.value} on {cost.table.text} stops writes, and is queued for"
            elif taken.get(cost.table, 0) < cost.mode.strength:
                yield f"{cost.mode.value} on {cost.table.text} is not among the locks taken first"


def _starts(conn: psycopg.Connection, plan: Plan) -> list[str]:
    found = fingerprint(read_schema(conn), plan.tables)
    return [] if found == plan.starts_from else [f"the schema is {found}, not {plan.starts_from}"]


def _old_code_is_gone(conn: psycopg.Connection, plan: Plan) -> None:
    journal.create(conn)
    journal.deploy(conn, "old", "schemaguard-proof-old")
    journal.deploy(conn, "new", "schemaguard-proof-new", (plan.release,))
    journal.retire(conn, "old")


def _ends(
    server: Servers,
    over: psycopg.Connection,
    start: str,
    walked: str,
    plan: Plan,
    naive: Sequence[State],
    first: Moment,
) -> Iterator[Claim]:
    """Whether it ends where the migration itself ends."""
    with connect(server.dsn(walked)) as conn:
        seen = Moment.of(conn)
        found = fingerprint(read_schema(conn), plan.tables)
    said = end_of(server, start, naive, over)
    yield _claim(
        "",
        "it ends at the schema that it names",
        [f"{found}, not {plan.ends_at}"] if found != plan.ends_at else [],
    )
    yield _claim(
        "", "the catalog ends as the migration itself leaves it", differences(said.shape, seen.shape)
    )
    numbers = numbered_anew(first.contents, said.contents)
    wrong = list(unlike(said.contents, seen.contents, numbers))
    if wrong:
        # What is not even the same when the migration is run twice tells nothing.
        again = end_of(server, start, naive, over)
        apart = together(numbers, varying(said.contents, again.contents))
        wrong = list(unlike(said.contents, seen.contents, apart))
    wrong += misnumbered(said.contents, seen.contents, numbers)
    yield _claim("", "the rows end as the migration itself leaves them", wrong)
