"""What an earlier check of a release's first states says of the states that came to it since.

The code of both versions is analysed at the last state that is known and at each new one. What rests on the
same, is tried with the same values, and meets no rows of those that do not, has the verdicts that it had. The
others are asked anew at every state where their verdict is not known; so is all where anything is in doubt.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from schemaguard.compat.candidates import Samples, may_write
from schemaguard.compat.cells import BEFORE, Matrix, Participant, Session, Side, State, turning_point
from schemaguard.compat.course import other_values, tables_of, told_of
from schemaguard.compat.observation import Described, History, Planned, Write
from schemaguard.compat.unaffected import Footing, Ruling
from schemaguard.compat.verdict import Verdict
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.postgres.connect import connect
from schemaguard.postgres.make_rows import Rows, read_samples, read_values
from schemaguard.postgres.numbered import in_order, numbers_of
from schemaguard.postgres.probe_statements import Prober
from schemaguard.postgres.proven import Asker, Standing, standing
from schemaguard.postgres.sample_tables import Name
from schemaguard.postgres.shadow_databases import Servers, shadow_database
from schemaguard.postgres.shadow_steps import Journey

Footings = Mapping[int, Footing]
Statements = Mapping[int, tuple[Participant, Query]]
Told = tuple[History, Session, Verdict]


class Doubt(Exception):
    """What is known does not go with what is seen: all must be asked anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What needs no asking, and what is needed to ask the others. Statements go by their places."""

    #: How many states are known, the one before the release included.
    length: int
    #: Those whose verdicts hold at the new states, too.
    kept: frozenset[int]
    #: By the place of the state, too.
    cells: Mapping[tuple[int, int], Sequence[Told]]
    turn: int
    #: What all of the baseline stand on before the release, and all at each new state.
    before: Footings
    later: Mapping[State, Footings]
    #: What the asked are tried with at the end; and all samples there, as texts.
    samples: Samples
    course: Mapping[Name, str]
    #: The tables that the asked read or write; None: any.
    touched: frozenset[str] | None
    #: What the kept write, and the numbers of that which none of the others meets.
    writes: Mapping[int, Write]
    far: frozenset[int]
    #: Tables that the canary's kept statements write.
    written: frozenset[str]
    #: Tables whose rows the new steps change.
    changed: frozenset[str]

    def near(self, writes: Iterable[Write]) -> tuple[Write, ...]:
        """Of these those that the asked may meet."""
        return tuple(write for write in writes if write.number not in self.far)

    def told(self, place: int, number: int, side: Side) -> Sequence[Told] | None:
        """The verdicts on a statement at a state; None: it must be asked there."""
        known, last = place < self.length, self.length - 1
        if number not in self.kept and not (known and side is Side.BASELINE):
            return None
        told = self.cells.get((place if known else last, number))
        if told is None:
            raise Doubt
        if place == self.turn or place < last:
            return told
        # At the last known state both versions ran; now they no longer do so there, or not yet here.
        histories = (History.LEGACY, History.BASELINE) if side is Side.BASELINE else (History.LEGACY,)
        found = [one for one in told if one[0] in histories]
        if side is Side.CANARY:
            (new,) = (verdict for _, session, verdict in found if session is Session.NEW)
            found = [(history, session, new) for history, session, _ in found]
        return found


def carry(
    server: Servers,
    template: str,
    rows: Rows,
    states: Sequence[State],
    participants: Sequence[Participant],
    known: Matrix,
) -> Carried | None:
    """What of ``known`` holds; None: nothing, or nobody knows. ``states``: without the one before."""
    course, statements = known.course, dict(enumerate(in_order(participants)))
    length = len(known.states)
    new = [state for state in states[length - 1 :] if not state.failed]
    if course is None or course.rows != told_of(rows.samples) or not all(state.only_defines for state in new):
        return None
    if len({(id(participant), query.id) for participant, query in statements.values()}) < len(statements):
        return None
    canary = {n: query for n, (one, query) in statements.items() if one.side is Side.CANARY}
    writers = [n for n, (_, query) in statements.items() if may_write(query)]
    with shadow_database(server, template) as name, connect(server.dsn(name)) as conn:
        journey = Journey(conn, dict(rows.samples), rows.found)
        for state in states[: length - 1]:
            if not state.failed:
                journey.go(state)
        conn.execute("RESET ALL")
        # Where the plans go is asked where it counts: at the new states.
        then, _ = _stand(server.dsn(name), statements, planned=False)
        values = read_values(conn, rows)
        later: dict[State, Standing] = {}
        described: Mapping[int, Described] = {}
        for state in new:
            journey.go(state)
            conn.execute("RESET ALL")
            later[state], described = _stand(server.dsn(name), statements)
        now = read_values(conn, rows)
        if journey.ended or journey.notes:
            return None
        changed = frozenset(table for table, own in values.items() if now.get(table) != own)
        facts = later[new[-1]].facts
        others = _other_samples(then.facts, facts, changed)
        samples = read_samples(conn, rows.samples, others) if canary else {}
        left = facts.keys() - (facts if others is None else others)
        end = {name: told for name, told in course.samples.items() if ".".join(name) in left}
        end |= told_of(samples)
        doubted = other_values(canary, course.samples, end) & then.footings.keys()
        tried = {number: replace(then.footings[number], facts={}) for number in doubted}
        kept = frozenset(statements)
        for one in later.values():
            step = Ruling(then={**then.footings, **tried}, now=one.footings, moved=changed)
            kept &= step.left_alone(writers)
        asked = statements.keys() - kept
        old = {n: own for n, own in statements.items() if n not in canary and (n in asked or n in writers)}
        before, _ = _stand(server.dsn(template), old)
        met = _Met((before.footings, *(one.footings for one in later.values())), then.footings, canary.keys())
        touched = met.by_all(asked)
        if canary and others is not None:
            named = {table for n in asked & canary.keys() for table in tables_of(canary[n])}
            more = {".".join(name) for name in end if name[1] in named}
            samples = read_samples(conn, rows.samples, None if touched is None else others | more | touched)
    numbers = numbers_of(participants)
    writes = {numbers[one.number]: one for own in known.writes.values() for one in own}
    kept_writes = {place: write for place, write in writes.items() if place in kept}
    return Carried(
        length=length,
        kept=kept,
        cells=_cells(known, statements),
        turn=turning_point((BEFORE, *states)),
        before=before.footings,
        later={state: one.footings for state, one in later.items()},
        samples=samples,
        course=end,
        touched=touched,
        writes=kept_writes,
        far=_far(met, asked, kept_writes),
        written=frozenset(table for n in kept & canary.keys() for table in _plan(described[n]).writes),
        changed=changed,
    )


def _other_samples(
    then: Mapping[str, str], now: Mapping[str, str], changed: frozenset[str]
) -> frozenset[str] | None:
    """Tables of which there may be other samples, but for those that refer to them; None: all."""
    if any(text != now.get(what) for what, text in then.items() if "." not in what):
        return None
    return changed | {what for what, text in now.items() if then.get(what) != text}


def _stand(
    dsn: str, statements: Statements, *, planned: bool = True
) -> tuple[Standing, dict[int, Described]]:
    """What they stand on, and what the server says of them."""
    own: dict[int, dict[int, Query]] = {}
    participants = {id(participant): participant for participant, _ in statements.values()}
    for number, (participant, query) in statements.items():
        own.setdefault(id(participant), {})[number] = query
    with ExitStack() as stack:
        askers = []
        for key, queries in own.items():
            conn = stack.enter_context(connect(dsn))
            prober = Prober(conn, participants[key].workload.role)
            told = {n: (query, prober.describe(query, planned=planned)) for n, query in queries.items()}
            askers.append(Asker(prober, {}, told))
        found = standing(dsn, askers, planned=planned)
    return found, {n: described for asker in askers for n, (_, described) in asker.described.items()}


@dataclass(frozen=True, slots=True)
class _Met:
    """Which tables a statement reads or writes, wherever it is run among rows that others wrote."""

    #: Before the release, and at the new states.
    needed: tuple[Footings, ...]
    #: Where what is new may not be there yet.
    then: Footings
    canary: Collection[int]

    def by(self, number: int) -> frozenset[str] | None:
        """All of them; None: any."""
        needed = self.needed[1:] if number in self.canary else self.needed
        if not all(number in footings for footings in needed):
            return None
        own = [one[number] for one in (*needed, self.then) if number in one]
        if any(not one.tree or one.reaches_all for one in own):
            return None
        return frozenset(table for one in own for table in one.relations)

    def by_all(self, numbers: Iterable[int]) -> frozenset[str] | None:
        """All that these do."""
        found: frozenset[str] = frozenset()
        for number in numbers:
            own = self.by(number)
            if own is None:
                return None
            found |= own
        return found


def _far(met: _Met, asked: Iterable[int], writes: Mapping[int, Write]) -> frozenset[int]:
    """The numbers of what may be left out: it meets nothing that the asked meet, nor what those meet."""
    far = {place: met.by(place) for place in writes}
    tables = met.by_all(asked)
    while tables is not None:
        near = [place for place, own in far.items() if own is None or own & tables]
        if not near:
            return frozenset(writes[place].number for place in far)
        more = met.by_all(near)
        tables = None if more is None else tables | more
        far = {place: own for place, own in far.items() if place not in near}
    return frozenset()


def _plan(described: Described) -> Planned:
    return described.plan if isinstance(described.plan, Planned) else Planned()


def _cells(known: Matrix, statements: Statements) -> dict[tuple[int, int], list[Told]]:
    states = {id(state): place for place, state in enumerate(known.states)}
    places = {(id(participant), query.id): n for n, (participant, query) in statements.items()}
    found: dict[tuple[int, int], list[Told]] = {}
    for cell in known.cells:
        if cell.query:
            key = states[id(cell.state)], places[id(cell.participant), cell.query]
            found.setdefault(key, []).append((cell.history, cell.session, cell.verdict))
    return found
