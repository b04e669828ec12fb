"""What an earlier check of a release's first states says of the states that came to it since.

The code of both versions is analysed at the last state that is known and at each new one. What rests on the
same, is tried with the same values, and meets no rows of those that do not, has the verdicts that it had. The
others are asked anew at every state where their verdict is not known; so is all where anything is in doubt.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace

from schemaguard.compat.candidates import Samples, may_write
from schemaguard.compat.cells import Matrix, Participant, Session, Side, State, turning_point
from schemaguard.compat.course import other_values, told_of
from schemaguard.compat.observation import Described, History, Planned, Write
from schemaguard.compat.unaffected import Footing, Ruling
from schemaguard.compat.verdict import Verdict
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.postgres.connect import connect
from schemaguard.postgres.make_rows import Rows, read_samples, read_values
from schemaguard.postgres.numbered import in_order, numbers_of
from schemaguard.postgres.probe_statements import Prober
from schemaguard.postgres.proven import Asker, standing
from schemaguard.postgres.shadow_databases import Servers, shadow_database
from schemaguard.postgres.shadow_steps import Journey

Footings = Mapping[int, Footing]
Statements = Sequence[tuple[Participant, Query]]
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
    cells: Mapping[tuple[State, int], Sequence[Told]]
    last: State
    turn: State
    #: What all of the baseline stand on before the release, and all at each new state.
    before: Footings
    later: Mapping[State, Footings]
    samples: Samples
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

    def told(self, states: Sequence[State], state: State, number: int, side: Side) -> list[Told] | None:
        """The verdicts on a statement at a state; None: it must be asked there."""
        known = states.index(state) < self.length
        if number not in self.kept and not (known and side is Side.BASELINE):
            return None
        told = self.cells[state if known else self.last, number]
        if state is self.turn or (known and state is not self.last):
            return list(told)
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
    course, statements = known.course, in_order(participants)
    length = len(known.states)
    canary = {n: query for n, (one, query) in enumerate(statements) if one.side is Side.CANARY}
    new = [state for state in states[length - 1 :] if not state.failed]
    if course is None or course.rows != told_of(rows.samples) or not all(state.only_defines for state in new):
        return None
    if len({(id(participant), query.id) for participant, query in statements}) < len(statements):
        return None
    with shadow_database(server, template) as name, connect(server.dsn(name)) as conn:
        journey = Journey(conn, dict(rows.samples), rows.found)
        before, _ = _stand(server.dsn(name), statements, Side.BASELINE)
        for state in states[: length - 1]:
            if not state.failed:
                journey.go(state)
        conn.execute("RESET ALL")
        then, described = _stand(server.dsn(name), statements)
        values = read_values(conn, rows)
        later: dict[State, Footings] = {}
        for state in new:
            journey.go(state)
            conn.execute("RESET ALL")
            later[state], described = _stand(server.dsn(name), statements)
        now = read_values(conn, rows)
        if journey.ended or journey.notes:
            return None
        samples = read_samples(conn, rows.samples) if canary else {}
    changed = frozenset(table for table, own in values.items() if now.get(table) != own)
    others = other_values(canary, course.samples, told_of(samples))
    tried = {n: replace(footing, facts={}) if n in others else footing for n, footing in then.items()}
    kept = _left_alone(
        tried, later.values(), changed, [n for n, (_, q) in enumerate(statements) if may_write(q)]
    )
    numbers = numbers_of(participants)
    writes = {numbers[one.number]: one for own in known.writes.values() for one in own}
    kept_writes = {place: write for place, write in writes.items() if place in kept}
    met = _Met(before, then, tuple(later.values()), frozenset(canary))
    return Carried(
        length=length,
        kept=kept,
        cells=_cells(known, statements),
        last=known.states[-1],
        turn=states[turning_point(states)],
        before=before,
        later=later,
        samples=samples,
        writes=kept_writes,
        far=_far(met, frozenset(range(len(statements))) - kept, kept_writes),
        written=frozenset(table for n in kept & canary.keys() for table in _plan(described[n]).writes),
        changed=changed,
    )


def _stand(
    dsn: str, statements: Statements, side: Side | None = None
) -> tuple[Footings, dict[int, Described]]:
    """What those of one side stand on, or of both, and what the server says of them."""
    own: dict[int, dict[int, Query]] = {}
    participants = {id(participant): participant for participant, _ in statements}
    for number, (participant, query) in enumerate(statements):
        if side in (None, participant.side):
            own.setdefault(id(participant), {})[number] = query
    with ExitStack() as stack:
        askers = []
        for key, queries in own.items():
            role = participants[key].workload.role
            prober = Prober(stack.enter_context(connect(dsn)), role)
            askers.append(
                Asker(prober, {}, {n: (query, prober.describe(query)) for n, query in queries.items()})
            )
        footings = standing(dsn, askers).footings
    return footings, {n: described for asker in askers for n, (_, described) in asker.described.items()}


def _left_alone(
    then: Footings, later: Iterable[Footings], changed: frozenset[str], writers: Sequence[int]
) -> frozenset[int]:
    found = frozenset(then)
    for now in later:
        found &= Ruling(then=then, now=now, moved=changed).left_alone(writers)
    return found


@dataclass(frozen=True, slots=True)
class _Met:
    """Which tables a statement reads or writes, wherever it is run among rows that others wrote."""

    before: Footings
    then: Footings
    later: tuple[Footings, ...]
    canary: frozenset[int]

    def by(self, number: int) -> frozenset[str] | None:
        """All of them; None: any."""
        needed = self.later if number in self.canary else (self.before, *self.later)
        if not all(number in footings for footings in needed):
            return None
        own = [one[number] for one in (*needed, self.then) if number in one]
        if any(not one.tree or one.reaches_all for one in own):
            return None
        return frozenset(table for one in own for table in one.relations)


def _far(met: _Met, asked: frozenset[int], writes: Mapping[int, Write]) -> frozenset[int]:
    """The numbers of what may be left out: it meets nothing that the asked meet, nor what those meet."""
    writers = {place: met.by(place) for place in writes}
    tables: frozenset[str] = frozenset()
    near = {number: met.by(number) for number in asked}
    while near:
        for own in near.values():
            if own is None:
                return frozenset()
            tables |= own
        near = {place: own for place, own in writers.items() if own is None or own & tables}
        writers = {place: own for place, own in writers.items() if place not in near}
    return frozenset(writes[place].number for place in writers)


def _plan(described: Described) -> Planned:
    return described.plan if isinstance(described.plan, Planned) else Planned()


def _cells(known: Matrix, statements: Statements) -> dict[tuple[State, int], list[Told]]:
    places = {(id(participant), query.id): n for n, (participant, query) in enumerate(statements)}
    found: dict[tuple[State, int], list[Told]] = {}
    for cell in known.cells:
        if cell.query:
            place = places[id(cell.participant), cell.query]
            found.setdefault((cell.state, place), []).append((cell.history, cell.session, cell.verdict))
    return found
