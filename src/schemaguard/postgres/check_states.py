"""Walks through the states of a release on a shadow database, and asks of each what becomes of the code."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress

from schemaguard.compat.cells import BEFORE, Cell, Matrix, Participant, Side, State, turning_point
from schemaguard.compat.course import Course, told_of
from schemaguard.compat.observation import History, Write
from schemaguard.compat.verdict import Unknown
from schemaguard.errors import DatabaseError
from schemaguard.postgres.among import Among
from schemaguard.postgres.at_state import AtState
from schemaguard.postgres.carried import Carried, Doubt, carry
from schemaguard.postgres.connect import connect
from schemaguard.postgres.failed_steps import cancelled
from schemaguard.postgres.homes import Homes, find_homes, write_down
from schemaguard.postgres.make_rows import SPARE, Rows, read_values
from schemaguard.postgres.shadow_databases import Builder, Servers, build, ensure_role, shadow_database
from schemaguard.postgres.shadow_steps import Journey

__all__ = ["Builder", "Servers", "check_states"]


def check_states(
    server: Servers,
    before: str | Builder,
    states: Sequence[State],
    participants: Sequence[Participant],
    *,
    written_for: Sequence[State] | None = None,
    known: Matrix | None = None,
) -> Matrix:
    """The matrix of all participants over the schema ``before`` and the states after it, in order.

    The canary is held against what it does where ``written_for`` leads to; by default, to the same end.
    ``known``: an earlier one of the same question, but for the last states.
    """
    for role in sorted({p.workload.role for p in participants if p.workload.role}):
        if not ensure_role(server, role):
            raise DatabaseError(
                f'there is no role "{role}" on the server of the shadow databases',
                advice="Create it there, without any rights: the schema before the release grants them.",
            )
    if known is not None:
        with suppress(Doubt):
            return _matrix(server, before, states, participants, written_for, known)
    return _matrix(server, before, states, participants, written_for, None)


def _matrix(
    server: Servers,
    before: str | Builder,
    states: Sequence[State],
    participants: Sequence[Participant],
    written_for: Sequence[State] | None,
    known: Matrix | None,
) -> Matrix:
    ways = [states] if written_for is None else [written_for, states]
    with shadow_database(server) as name, ExitStack() as stack:
        rows = build(server, name, before, spare=SPARE)
        carried = None if known is None else carry(server, name, rows, states, participants, known)
        way = [state for state in ways[0] if not state.failed], [s for s in ways[-1] if not s.failed]
        homes = find_homes(server, name, rows, way[: len(ways)], participants, carried)
        walk = _Walk(server, name, rows, states, homes, participants, stack, carried)
        cells = tuple(walk.cells())
    unfit = [
        f"no row could be made for {'.'.join(table)}: {why}" for table, why in sorted(rows.empty.items())
    ]
    smooth = written_for is None and not homes.notes and walk.smooth and homes.samples is not None
    if carried is not None and not smooth:
        raise Doubt
    end = told_of(homes.samples or {}) if carried is None else carried.course
    return Matrix(
        states=(BEFORE, *states),
        participants=tuple(participants),
        cells=(*_unrecorded(states, participants), *cells),
        notes=tuple(dict.fromkeys([*unfit, *homes.notes, *walk.notes])),
        rows=tuple(rows.script),
        writes=homes.writes,
        course=Course(told_of(rows.samples), end) if smooth else None,
    )


class _Walk:
    """The databases that go through the states, and what is asked in them."""

    def __init__(
        self,
        server: Servers,
        name: str,
        rows: Rows,
        states: Sequence[State],
        homes: Homes,
        participants: Sequence[Participant],
        stack: ExitStack,
        carried: Carried | None,
    ) -> None:
        self.carried = carried
        self.states, self.rows, self.homes, self.stack = (BEFORE, *states), rows, homes, stack
        self.participants = participants
        self.sides = {participant.side for participant in participants}
        self.turn = turning_point(self.states)
        self.asked = AtState(homes.subjects, self.states, self.turn, carried)
        #: Of those who wrote while both versions ran, the rows stay: each has a database for what follows.
        self.lasting: dict[History, _Database] = {}
        if Side.CANARY in self.sides and self.turn + 1 < len(self.states):
            for history in (History.BASELINE, History.BOTH):
                if homes.writes.get(Side.BASELINE):
                    copy = server.dsn(stack.enter_context(shadow_database(server, name)))
                    self.lasting[history] = _Database(copy, rows, stack)
        self.main = _Database(server.dsn(name), rows, stack, watched=carried is None)
        self.asked.remember(self.main.conn)

    @property
    def notes(self) -> list[str]:
        """What was noticed on the way."""
        return self.main.journey.notes

    @property
    def smooth(self) -> bool:
        """Whether nothing stood in the way up to a last state at which both versions may run."""
        last = self.asked.earlier.get(self.main.dsn)
        whole = all(told.whole for told in last.told.values()) if last is not None else True
        return whole and not self.notes and self.turn + 1 == len(self.states)

    def cells(self) -> Iterator[Cell]:
        """The cells of all statements, state by state."""
        for place, state in enumerate(self.states):
            if state.failed:
                with cancelled(self.main.dsn, state.sql[0]) as missing:
                    yield from self._cells(state, missing)
                continue
            for database in (self.main, *self.lasting.values()):
                database.go(state)
            self._warm_up(place)
            yield from self._cells(state, self.main.journey.ended)
            if place == self.turn:
                written = self._written(state, after=False)
                for history, database in self.lasting.items():
                    database.refused = write_down(database.dsn, written.get(history, ()))

    def _cells(self, state: State, missing: str) -> Iterator[Cell]:
        if missing:
            yield from self.asked.missing(state, f"the state is never reached: {missing}")
            return
        after = self.states.index(state) > self.turn
        lasting = self.lasting if after else {}
        places = [self.main.among(self._written(state, after=after))]
        for history, database in lasting.items():
            places.append(database.among({history: ()}))
        yield from self.asked.cells(state, places)

    def _written(self, state: State, *, after: bool) -> dict[History, Sequence[Write]]:
        """What is written at the state itself, by history."""
        found: dict[History, Sequence[Write]] = {History.LEGACY: ()}
        place = self.states.index(state)
        old, new = (self.homes.writes.get(side, ()) for side in (Side.BASELINE, Side.CANARY))
        if old and not after:
            found[History.BASELINE] = old
        if new and place >= self.turn:
            found[History.CANARY] = new
        if old and new and place == self.turn:
            found[History.BOTH] = (*old, *new)
        if self.carried is not None:
            return {history: self.carried.near(writes) for history, writes in found.items()}
        return found

    def _warm_up(self, place: int) -> None:
        """The baseline's sessions begin before the release, the canary's where its code starts."""
        for side, begins in ((Side.BASELINE, 0), (Side.CANARY, self.turn)):
            if place == begins:
                self.asked.warm_up(side, lambda: self.stack.enter_context(connect(self.main.dsn)))


class _Database:
    """A shadow database on its way, and whose rows have been given other values on it."""

    def __init__(self, dsn: str, rows: Rows, stack: ExitStack, *, watched: bool = True) -> None:
        self.dsn, self.rows, self.watched = dsn, rows, watched
        self.conn = stack.enter_context(connect(dsn))
        self.journey = Journey(self.conn, dict(rows.samples), rows.found)
        #: None: not known.
        self.contents: dict[str, dict[str, list[str]]] | None = None
        self.moved: frozenset[str] = frozenset()
        #: Tables whose rows the last step has changed; None: nobody knows.
        self.changed: frozenset[str] | None = frozenset()
        self.refused: frozenset[int] = frozenset()

    def go(self, state: State) -> None:
        """To the next state."""
        compared = self.watched or state.moves_data
        earlier = self.contents
        if compared and earlier is None:
            earlier = read_values(self.conn, self.rows)
        thinned = set(self.journey.thinned)
        self.journey.go(state)
        self.conn.execute("RESET ALL")
        self.contents, self.changed = None, None
        if not compared or earlier is None:
            return
        self.contents = read_values(self.conn, self.rows)
        changed = {table for table, then in earlier.items() if self.contents.get(table) != then}
        if state.only_defines:
            self.changed = frozenset(changed | self.journey.thinned - thinned)
        if state.moves_data:
            self.moved |= _moved(earlier, self.contents)

    def among(self, written: Mapping[History, Sequence[Write]]) -> Among:
        """Its rows as they are, for those who ask."""
        return Among(
            dsn=self.dsn,
            moved=self.moved,
            thinned=frozenset(self.journey.thinned),
            written=written,
            refused=self.refused,
            ended=self.journey.ended,
            changed=self.changed,
        )


def _moved(
    then: Mapping[str, Mapping[str, list[str]]], now: Mapping[str, Mapping[str, list[str]]]
) -> frozenset[str]:
    return frozenset(
        f"{table}.{column}"
        for table, columns in then.items()
        for column, values in columns.items()
        if column in now.get(table, {}) and now[table][column] != values
    )


def _unrecorded(states: Sequence[State], participants: Sequence[Participant]) -> Iterator[Cell]:
    """What makes a whole version unknown: nothing recorded, or not all of it."""
    for participant in participants:
        reasons = [f"not recorded: {one}" for one in participant.workload.unrecorded]
        if not participant.workload.statements:
            reasons.append("the workload is empty: nothing is known of this code")
        for state in (BEFORE, *states):
            for reason in reasons:
                yield Cell(participant=participant, state=state, verdict=Unknown(reason))
