"""All statements at one state: in new sessions among the rows of each history, and in open ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import psycopg

from schemaguard.compat.cells import BEFORE, Cell, Session, Side, State
from schemaguard.compat.judge import Circumstances, Seen, judge, warm
from schemaguard.compat.observation import History, Planned
from schemaguard.compat.unaffected import Footing, Ruling
from schemaguard.compat.verdict import Kind, Proven, Red, Unknown, Verdict, badness, is_green
from schemaguard.postgres.among import Among, Here, News
from schemaguard.postgres.carried import Carried, Doubt
from schemaguard.postgres.connect import connect
from schemaguard.postgres.dated import Named, columns_of, dated_since, doubt
from schemaguard.postgres.homes import Subject, prepare_writes
from schemaguard.postgres.loosened import Limits, holding_null, read_limits, surprise
from schemaguard.postgres.numbered import numbers_of
from schemaguard.postgres.probe_statements import Prober
from schemaguard.postgres.proven import Asker, Standing, Told, standing
from schemaguard.postgres.warm_sessions import WarmSession

#: A statement that answers at random, yes or no, answers alike so many times once in a thousand.
REPEATS = 10

UNAFFECTED = Proven("what the server has made of it, and all that it consults, is what it was")

CONSTRAINTS = """
SELECT concat_ws('.', n.nspname, c.relname, k.conname) FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
UNION
SELECT concat_ws('.', n.nspname, c.relname, x.relname) FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indisunique
"""


class AtState:
    """The statements of all participants, and what is known of them so far."""

    def __init__(
        self,
        subjects: Sequence[Subject],
        states: Sequence[State],
        turn: int,
        carried: Carried | None = None,
    ) -> None:
        self.subjects, self.states, self.turn, self.carried = subjects, states, turn, carried
        self.participants = tuple({id(one.participant): one.participant for one in subjects}.values())
        self.sessions: dict[Side, WarmSession] = {}
        self.known: frozenset[str] = frozenset()
        self.limits = Limits(frozenset(), frozenset())
        self.columns: dict[Named, bool] = {}
        self.numbers = numbers_of(self.participants)
        #: What the baseline's statements rest on before the release.
        self.footings: Mapping[int, Footing] = {}
        #: By database, what was found in it at the state before.
        self.earlier: dict[str, Standing] = {}
        #: Statements that do not even repeat themselves at home, and how.
        self.unsteady: dict[tuple[int, History], str] = {}

    def remember(self, conn: psycopg.Connection) -> None:
        """The constraints before the release: the baseline knows them."""
        self.known = frozenset(name for (name,) in conn.execute(CONSTRAINTS))
        self.limits = read_limits(conn)
        self.columns = columns_of(conn)

    def warm_up(self, side: Side, open_session: Callable[[], psycopg.Connection]) -> None:
        """Open a session of this side, which prepares all that its code sends."""
        for subject in self.subjects:
            workload = subject.participant.workload
            if subject.participant.side is side and workload.prepares and subject.home is not None:
                if side not in self.sessions:
                    self.sessions[side] = WarmSession(open_session(), workload.role)
                self.sessions[side].start(subject.query, subject.home.working)

    def missing(self, state: State, reason: str) -> Iterator[Cell]:
        """A state that there is not."""
        for subject in self.subjects:
            for session in Session:
                yield _cell(subject, state, History.LEGACY, session, Unknown(reason))

    def cells(self, state: State, places: Sequence[Among]) -> Iterator[Cell]:
        """What becomes of each statement, among all these rows, in new sessions and in open ones."""
        found: dict[tuple[int, History], Verdict] = {}
        for place in places:
            self._ask(state, place, found)
        here = self.states.index(state)
        met = {
            side: {h for place in places for h in place.written if self._matters(side, here, h)}
            for side in Side
        }
        for number, subject in enumerate(self.subjects):
            if (told := self._carried(here, number)) is not None:
                if met[subject.participant.side] != {history for history, _, _ in told}:
                    raise Doubt
                self._open(subject, next(one for history, _, one in told if history is History.LEGACY))
                for history, session, known in told:
                    yield _cell(subject, state, history, session, known)
                continue
            open_ones = self._open(subject, found[number, History.LEGACY])
            for history in History:
                verdict = found.get((number, history))
                if verdict is None:
                    continue
                yield _cell(subject, state, history, Session.NEW, verdict)
                worse = max(verdict, open_ones, key=badness)
                yield _cell(subject, state, history, Session.WARM, worse)

    def _carried(self, here: int, number: int) -> Sequence[tuple[History, Session, Verdict]] | None:
        """What is known of it from an earlier check."""
        side = self.subjects[number].participant.side
        return None if self.carried is None else self.carried.told(here, number, side)

    def _ask(self, state: State, place: Among, found: dict[tuple[int, History], Verdict]) -> None:
        here = self.states.index(state)
        with ExitStack() as stack:
            askers = []
            for participant in self.participants:
                own = [
                    number
                    for number, subject in enumerate(self.subjects)
                    if subject.participant is participant and self._carried(here, number) is None
                ]
                asked = {h: w for h, w in place.written.items() if self._matters(participant.side, here, h)}
                if place.ended:
                    ended = Unknown(f"the state is never reached: {place.ended}")
                    found |= {(number, history): ended for history in asked for number in own}
                elif asked and own:
                    # Each time a new session: functions in an old one may go on as they were planned.
                    prober = Prober(stack.enter_context(connect(place.dsn)), participant.workload.role)
                    queries = {number: self.subjects[number].query for number in own}
                    described = {number: (query, prober.describe(query)) for number, query in queries.items()}
                    askers.append(Asker(prober, asked, described))
            if askers:
                still: dict[tuple[int, History], Told] = {}
                if self.carried is not None:
                    # Those who are left are asked at each state.
                    now = Standing(self.carried.later.get(state, {}))
                    self.footings = self.carried.before
                else:
                    now = standing(place.dsn, askers)
                    if state == BEFORE:
                        self.footings = {n: f for n, f in now.footings.items() if self._of_baseline(n)}
                    elif place.dsn in self.earlier and place.changed is not None:
                        still = self.earlier[place.dsn].still(now, place.changed, self.numbers)
                for asker in askers:
                    now.told |= self._told(state, place, asker, now, still)
                self.earlier[place.dsn] = now
                found |= {key: told.verdict for key, told in now.told.items()}

    def _told(
        self,
        state: State,
        place: Among,
        asker: Asker,
        now: Standing,
        still: Mapping[tuple[int, History], Told],
    ) -> Iterator[tuple[tuple[int, History], Told]]:
        """What becomes of one participant's statements; ``still``: what is known from the state before."""
        prober, conn = asker.prober, asker.prober.conn
        loosened = tuple(self.limits.loosened(read_limits(conn)))
        dated = dated_since(self.columns, columns_of(conn), place.moved)
        moved = place.thinned | {column.rpartition(".")[0] for column in place.moved}
        then = {} if state == BEFORE else self.footings
        for history, writes in asker.asked.items():
            prepare_writes(prober, writes)
            same = Ruling(then=then, now=now.footings, moved=moved).left_alone(
                [self.numbers[write.number] for write in writes]
            )
            with prober.history(writes) as refused:
                whole = not refused and not place.refused
                news = News(loosened, holding_null(conn, loosened), dated)
                for number, (_, described) in asker.described.items():
                    known = still.get((number, history))
                    if number in same and self._works(number):
                        yield (number, history), Told(whole, UNAFFECTED)
                    elif known is not None and known.whole == whole:
                        yield (number, history), known
                    else:
                        here = Here(prober, place, history, described, whole)
                        verdict = self._unless_surprised(
                            number, here, news, self._verdict(number, state, here)
                        )
                        yield (number, history), Told(whole, verdict)

    def _of_baseline(self, number: int) -> bool:
        return self.subjects[number].participant.side is Side.BASELINE

    def _works(self, number: int) -> bool:
        home = self.subjects[number].home
        return home is not None and bool(home.working)

    def _matters(self, side: Side, here: int, history: History) -> bool:
        """Whether the version may run there, and so meet such rows; else a look at the old ones is enough."""
        runs = here <= self.turn if side is Side.BASELINE else here >= self.turn
        return runs or history is History.LEGACY

    def _verdict(self, number: int, state: State, here: "Here") -> Verdict:
        subject = self.subjects[number]
        if subject.home is None:
            return Unknown(subject.reason)
        if (number, here.history) in self.unsteady:
            return Unknown(self.unsteady[number, here.history])
        baseline = subject.participant.side is Side.BASELINE
        given = Circumstances(
            # The canary was written for the rows as the release leaves them.
            moved=here.place.moved if baseline else frozenset(),
            thinned=here.place.thinned ^ subject.thinned,
            known=self.known if baseline else frozenset(),
        )
        runs = here.prober.run(subject.query, subject.home.vectors, here.described)
        seen = Seen(described=here.described, runs=runs, history=here.history, whole=here.whole)
        verdict = judge(subject.query, subject.home, seen, given)
        if isinstance(verdict, Red) and verdict.witness.kind is Kind.MEANING:
            for _ in range(REPEATS):
                runs = here.prober.run(subject.query, subject.home.vectors, here.described)
                if judge(subject.query, subject.home, replace(seen, runs=runs), given) != verdict:
                    return Unknown(f"does not repeat itself here: {verdict.witness.message}")
        if baseline and state == BEFORE and isinstance(verdict, Red):
            reason = f"does not repeat itself on its own schema: {verdict.witness.message}"
            self.unsteady[number, here.history] = reason
            return Unknown(reason)
        return verdict

    def _unless_surprised(self, number: int, here: "Here", news: "News", verdict: Verdict) -> Verdict:
        """Green is unknown where the other version or a default may have put what this one never met."""
        subject = self.subjects[number]
        if not is_green(verdict):
            return verdict
        if subject.participant.side is Side.CANARY:
            told = doubt(subject.query, here.described.tables, news.dated)
            return Unknown(told) if told else verdict
        if here.history not in (History.CANARY, History.BOTH):
            return verdict
        told = surprise(subject.query, here.described.tables, self._written(), news.loosened, news.nulls)
        return Unknown(told) if told else verdict

    def _written(self) -> frozenset[str]:
        """The tables that the canary writes."""
        plans = [
            subject.home.described.plan
            for subject in self.subjects
            if subject.participant.side is Side.CANARY and subject.home is not None
        ]
        written = frozenset(table for plan in plans if isinstance(plan, Planned) for table in plan.writes)
        return written if self.carried is None else written | self.carried.written

    def _open(self, subject: Subject, new: Verdict) -> Verdict:
        """What becomes of it in the sessions that have prepared it."""
        session = self.sessions.get(subject.participant.side)
        if session is None or subject.home is None or isinstance(new, Red | Unknown):
            return new
        then = {
            types: answer
            for (sql, types), (_, answer) in session.prober.names.items()
            if sql == subject.query.sql
        }
        return warm(subject.query, then, session.use(subject.query, subject.home.working)) or new


def _cell(subject: Subject, state: State, history: History, session: Session, verdict: Verdict) -> Cell:
    return Cell(
        participant=subject.participant,
        state=state,
        query=subject.query.id,
        name=subject.query.name,
        origin=subject.query.origin[0] if subject.query.origin else "",
        writes=subject.query.kind in ("insert", "update", "delete", "merge", "copy"),
        history=history,
        session=session,
        verdict=verdict,
    )
