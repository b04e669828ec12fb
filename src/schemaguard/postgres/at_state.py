"""All statements at one state: in new sessions among the rows of each history, and in open ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

import psycopg

from schemaguard.compat.cells import BEFORE, Cell, Participant, Session, Side, State
from schemaguard.compat.judge import Circumstances, Seen, judge, warm
from schemaguard.compat.observation import Described, History, Planned, Write
from schemaguard.compat.unaffected import Footing, Ruling
from schemaguard.compat.verdict import Kind, Proven, Red, Unknown, Verdict, badness, is_green
from schemaguard.dataclass import dataclass
from schemaguard.postgres.connect import connect
from schemaguard.postgres.dated import Named, columns_of, dated_since, doubt
from schemaguard.postgres.homes import Subject, numbers_of, prepare_writes
from schemaguard.postgres.loosened import Limits, Tight, holding_null, read_limits, surprise
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """The rows of one database at a state."""

    dsn: str
    #: Columns whose old rows the release has given other values.
    moved: frozenset[str]
    #: Tables that have lost generated rows.
    thinned: frozenset[str]
    #: The histories that it is asked about, and what is written for each.
    written: Mapping[History, Sequence[Write]]
    #: Of what should have been written before, what was refused.
    refused: frozenset[int] = frozenset()
    #: Why it never came to the state; "": it did.
    ended: str = ""
    #: Tables whose rows are not what they were at the state before; None: nobody knows.
    changed: frozenset[str] | None = None


class AtState:
    """The statements of all participants, and what is known of them so far."""

    def __init__(self, subjects: Sequence[Subject], states: Sequence[State], turn: int) -> None:
        self.subjects, self.states, self.turn = subjects, states, turn
        self.participants = tuple(dict.fromkeys(subject.participant for subject in subjects))
        self.sessions: dict[Side, WarmSession] = {}
        self.known: frozenset[str] = frozenset()
        self.limits = Limits(frozenset(), frozenset())
        self.columns: dict[Named, bool] = {}
        self.numbers = numbers_of(subjects)
        #: What the baseline's statements rest on before the release.
        self.footings: dict[int, Footing] = {}
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
        for number, subject in enumerate(self.subjects):
            open_ones = self._open(subject, found[number, History.LEGACY])
            for history in History:
                verdict = found.get((number, history))
                if verdict is None:
                    continue
                yield _cell(subject, state, history, Session.NEW, verdict)
                worse = max(verdict, open_ones, key=badness)
                yield _cell(subject, state, history, Session.WARM, worse)

    def _ask(self, state: State, place: Among, found: dict[tuple[int, History], Verdict]) -> None:
        with ExitStack() as stack:
            askers = []
            for participant in self.participants:
                own = [n for n, subject in enumerate(self.subjects) if subject.participant is participant]
                asked = {h: w for h, w in place.written.items() if self._matters(participant, state, h)}
                if place.ended:
                    ended = Unknown(f"the state is never reached: {place.ended}")
                    found |= {(number, history): ended for history in asked for number in own}
                elif asked:
                    # Each time a new session: functions in an old one may go on as they were planned.
                    prober = Prober(stack.enter_context(connect(place.dsn)), participant.workload.role)
                    queries = {number: self.subjects[number].query for number in own}
                    described = {number: (query, prober.describe(query)) for number, query in queries.items()}
                    askers.append(Asker(prober, asked, described))
            if askers:
                now = standing(place.dsn, askers)
                earlier = self.earlier.get(place.dsn)
                still: dict[tuple[int, History], Told] = {}
                if earlier is not None and place.changed is not None:
                    still = earlier.still(now, place.changed, self.numbers)
                if state == BEFORE:
                    self.footings = {n: f for n, f in now.footings.items() if self._of_baseline(n)}
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
                news = _News(loosened, holding_null(conn, loosened), dated)
                for number, (_, described) in asker.described.items():
                    known = still.get((number, history))
                    if number in same and self._works(number):
                        yield (number, history), Told(whole, UNAFFECTED)
                    elif known is not None and known.whole == whole:
                        yield (number, history), known
                    else:
                        here = _Here(prober, place, history, described, whole)
                        verdict = self._unless_surprised(
                            number, here, news, self._verdict(number, state, here)
                        )
                        yield (number, history), Told(whole, verdict)

    def _of_baseline(self, number: int) -> bool:
        return self.subjects[number].participant.side is Side.BASELINE

    def _works(self, number: int) -> bool:
        home = self.subjects[number].home
        return home is not None and bool(home.working)

    def _matters(self, participant: Participant, state: State, history: History) -> bool:
        """Whether the version may run there, and so meet such rows; else a look at the old ones is enough."""
        place = self.states.index(state)
        runs = place <= self.turn if participant.side is Side.BASELINE else place >= self.turn
        return runs or history is History.LEGACY

    def _verdict(self, number: int, state: State, here: "_Here") -> Verdict:
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

    def _unless_surprised(self, number: int, here: "_Here", news: "_News", verdict: Verdict) -> Verdict:
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
        return frozenset(table for plan in plans if isinstance(plan, Planned) for table in plan.writes)

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


@dataclass(frozen=True, slots=True)
class _Here:
    prober: Prober
    place: Among
    history: History
    described: Described
    whole: bool


@dataclass(frozen=True, slots=True)
class _News:
    loosened: tuple[Tight, ...]
    #: Columns that were never NULL and are so now.
    nulls: frozenset[tuple[str, str]]
    #: Columns whose default lies about old rows.
    dated: frozenset[Named]


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
