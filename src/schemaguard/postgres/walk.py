"""A plan that is run on a shadow database, killed at every step, and taken back."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field
from itertools import takewhile

import psycopg

from schemaguard.costs import Cost, Lock, blocks
from schemaguard.dataclass import dataclass
from schemaguard.errors import InTheWay, NotSo, Refused, SchemaguardError
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.plan.proof import Claim
from schemaguard.postgres import journal, preflight, runner
from schemaguard.postgres.asking import probe
from schemaguard.postgres.connect import connect
from schemaguard.postgres.contents import sequences_kept
from schemaguard.postgres.events import Event
from schemaguard.postgres.moment import Moment
from schemaguard.postgres.shadow_databases import Servers, shadow_database
from schemaguard.postgres.undoing import undo
from schemaguard.postgres.witness import Witnessed, witness, wrong_costs, wrong_schema
from schemaguard.recipe import LockClass, Scope, Step
from schemaguard.way_back import turns

#: Milliseconds after which an attempt is cancelled that a writer holds up.
HELD_UP_MS = 150

#: Nobody else is at work on a shadow database: there is no more to look at.
ALONE = runner.Options(checks=(preflight.drift,))

NOT_YET = "its probe tells that it is not done yet"

#: Told of a step: its number, of how many, its title.
Watch = Callable[[int, int, str], None]


class _Killed(Exception):
    """The process that ran the plan is no more."""


@dataclass(slots=True)
class Walk:
    """A plan that is run on a database, and killed before and after each step's COMMIT."""

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
    stopped: str = ""
    #: The step that ran last, as long as nobody has looked at what it did.
    _ended: Step | None = None
    #: What is in the database, where that is known.
    _now: Moment | None = None
    #: The first steps of expand, as far as they can be taken back.
    _taken_back: list[Step] = field(default_factory=list)
    _looks: psycopg.Connection | None = None
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def go(self) -> None:
        """From the first step to the last, killed at each."""
        self._now = self.first
        expand = self.plan.of(Phase.EXPAND)
        self._taken_back = list(takewhile(lambda step: step.undo is not None, expand))
        for lasting in expand[len(self._taken_back) :][:1]:
            self.notes[f"not taken back, for this lasts: {lasting.title}"] = None
        try:
            self._phases()
        finally:
            self._look_no_more()

    def _phases(self) -> None:
        for phase in Phase:
            for _ in range(4 * len(self.plan.steps) + 1):
                try:
                    self._apply(phase)
                    break
                except _Killed:
                    continue
                except NotSo as error:
                    if phase is Phase.EXPAND or isinstance(error, InTheWay):
                        raise Refused(f"on a shadow database, {error.what}", advice=error.advice) from error
                    self._fails(error)
                    return
                except (SchemaguardError, psycopg.Error) as error:
                    self._fails(error)
                    return
        events: list[Event] = []
        with connect(self.server.dsn(self.database)) as conn:
            runner.apply(conn, self.plan, Phase.CONTRACT, watch=events.append, options=ALONE)
        again = [event.step for event in events if event.kind != "found"]
        self._claim("", "run once more it changes nothing", [f"{step} was run again" for step in again])

    def _fails(self, error: Exception) -> None:
        self.stopped = str(error)
        self._claim("", "it can be run to its end", [str(error)])

    def _apply(self, phase: Phase) -> None:
        with connect(self.server.dsn(self.database)) as conn:
            if phase is Phase.CONTRACT:
                _old_code_is_gone(conn, self.plan)
            runner.apply(conn, self.plan, phase, watch=lambda event: self._hear(event, conn), options=ALONE)

    def _hear(self, event: Event, conn: psycopg.Connection) -> None:
        """Kill what runs the plan at what is new, and look what it has left.

        One kill comes after a step's COMMIT and before that of the next, which has begun.
        """
        kind = "done" if event.kind == "found" else event.kind
        if kind not in ("begin", "progress", "done") or (event.step, kind) in self._seen:
            return
        number = [step.id for step in self.plan.steps].index(event.step)
        step = self.plan.steps[number]
        self.watch(number + 1, len(self.plan.steps), step.title)
        if kind != "done":
            self._seen.add((step.id, kind))
        elif self._ended is None:
            self._seen.add((step.id, kind))
            if step.sql and (step.id, "begin") not in self._seen:
                self._claim(step.id, NOT_YET, ["it is found done before it was run"])
            self._ended = step
            if event.number < event.of:
                return
        self._kill(conn)
        self._look(step if kind == "begin" and step.sql else None)
        raise _Killed

    def _kill(self, conn: psycopg.Connection) -> None:
        """As kill -9 leaves it: the server sees a connection that ends, and needs a moment for that."""
        pid = conn.info.backend_pid
        conn.close()
        for _ in range(2_500):
            if not self.over.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchall():
                return
            time.sleep(0.004)

    def _look(self, begun: Step | None) -> None:
        """At what the step did that has ended, and at what the one would do that has begun."""
        ended, self._ended = self._ended, None
        before = self._now
        within = begun is not None and begun.scope is Scope.TRANSACTION
        if ended is not None:
            undone = [] if probe(self._looker, ended) else ["its probe says that it is not done"]
            self._claim(ended.id, "killed after its COMMIT it is found done", undone)
            self._now = Moment.of(self._looker) if within or ended in self._taken_back else None
        if ended in self._taken_back:
            self._take_back(ended, before)
        if begun is None:
            return
        done = ["its probe says that it is done"] if probe(self._looker, begun) else []
        self._claim(begun.id, NOT_YET, done)
        if within:
            self._killed_before_commit(begun)
            return
        with self._copy() as conn:
            self._witness(begun, list(witness(conn, _script(begun))))
        if begun.scope is Scope.ALONE:
            self._held_up(begun)

    def _killed_before_commit(self, step: Step) -> None:
        """All of the step, seen by the witness, and then no COMMIT."""
        moment = self._now or Moment.of(self._looker)
        with sequences_kept(self._looker):
            self._witness(step, list(witness(self._looker, f"BEGIN;\n{_script(step)}")))
            self._looker.rollback()
        left = list(moment.unlike(Moment.of(self._looker)))
        self._claim(step.id, "killed before its COMMIT it leaves nothing behind", left)

    def _take_back(self, step: Step, before: Moment | None) -> None:
        steps = self._taken_back[: self._taken_back.index(step) + 1]
        # Where one step leads to what was before it, the rest of the way back is known.
        left = self._left_without([step], before) if before and step != self._taken_back[-1] else [""]
        if left:
            left = self._left_without(steps, self.first)
        self._claim(step.id, "taken back, all is as it was", left)

    def _left_without(self, steps: Sequence[Step], before: Moment) -> list[str]:
        """What is not as before once the steps are taken back."""
        if not any(turn.apart for step in steps for turn in turns(step.undo or ())):
            conn = self._looker
            with sequences_kept(conn), conn.transaction(force_rollback=True):
                undo(conn, steps)
                conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
                return list(before.unlike(Moment.of(conn)))
        with self._copy() as conn:
            undo(conn, steps)
            return list(before.unlike(Moment.of(conn)))

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

    @contextmanager
    def _copy(self) -> Iterator[psycopg.Connection]:
        """A connection to a copy of what is there now."""
        self._look_no_more()
        with (
            shadow_database(self.server, self.database, self.over) as copy,
            connect(self.server.dsn(copy), repeats=True) as conn,
        ):
            yield conn

    def _connected(self, *, repeats: bool = False) -> psycopg.Connection:
        return connect(self.server.dsn(self.database), repeats=repeats)

    @property
    def _looker(self) -> psycopg.Connection:
        """The connection that looks: the longer it is there, the sooner it is answered."""
        if self._looks is None:
            self._looks = self._connected(repeats=True)
        return self._looks

    def _look_no_more(self) -> None:
        """No database is copied to which somebody is connected."""
        if self._looks is not None:
            self._kill(self._looks)
            self._looks = None

    def _claim(self, step: str, what: str, wrong: Iterable[str]) -> None:
        self.claims.append(Claim(step, what, tuple(wrong)))


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


def _old_code_is_gone(conn: psycopg.Connection, plan: Plan) -> None:
    journal.create(conn)
    journal.deploy(conn, "old", "schemaguard-proof-old")
    journal.deploy(conn, "new", "schemaguard-proof-new", (plan.release,))
    journal.retire(conn, "old")
