"""Walks through the states of a release on a shadow database, and asks of each what becomes of the code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql

from schemaguard.compat.cells import BEFORE, Cell, Matrix, Participant, Side, State, turning_point
from schemaguard.compat.judge import Circumstances, Prepares, judge
from schemaguard.compat.observation import Observation
from schemaguard.compat.verdict import Kind, Red, Unknown, Verdict
from schemaguard.postgres.connect import connect
from schemaguard.postgres.homes import Subject, find_homes
from schemaguard.postgres.make_rows import Rows
from schemaguard.postgres.probe_statements import Prober
from schemaguard.postgres.shadow_databases import Builder, Servers, build, shadow_database
from schemaguard.postgres.shadow_steps import Journey

__all__ = ["Builder", "Servers", "check_states"]

#: A statement that answers at random, yes or no, answers alike so many times once in a thousand.
REPEATS = 10


def check_states(
    server: Servers,
    before: str | Builder,
    states: Sequence[State],
    participants: Sequence[Participant],
    *,
    written_for: Sequence[State] | None = None,
) -> Matrix:
    """The matrix of all participants over the schema ``before`` and the states after it, in order.

    The canary is held against what it does where ``written_for`` leads to; by default, to the same end.
    """
    ways = [states] if written_for is None else [written_for, states]
    with shadow_database(server) as name:
        rows = build(server, name, before)
        homes = find_homes(server, name, rows, ways, participants)
        walk = _Walk(rows, states, homes.subjects)
        cells = tuple(walk.cells(server.dsn(name)))
    unfit = [
        f"no row could be made for {'.'.join(table)}: {why}" for table, why in sorted(rows.empty.items())
    ]
    return Matrix(
        states=(BEFORE, *states),
        participants=tuple(participants),
        cells=(*_unrecorded(states, participants), *cells),
        notes=tuple(dict.fromkeys([*unfit, *homes.notes, *walk.notes])),
        rows=tuple(rows.script),
    )


@dataclass(slots=True)
class _Walk:
    rows: Rows
    states: Sequence[State]
    subjects: Sequence[Subject]
    notes: list[str] = field(default_factory=list)
    #: The canary's statements as its first sessions have prepared them.
    started: dict[int, Prepares] = field(default_factory=dict)
    #: Statements that do not even repeat themselves at home, and how.
    unsteady: dict[int, str] = field(default_factory=dict)

    def cells(self, dsn: str) -> Iterator[Cell]:
        """The cells of all statements, state by state."""
        with connect(dsn) as conn:
            journey = Journey(conn, self.rows.samples)
            contents, moved = _contents(conn, self.rows), frozenset[str]()
            for state in (BEFORE, *self.states):
                journey.go(state)
                conn.execute("RESET ALL")
                earlier, contents = contents, _contents(conn, self.rows)
                if state.moves_data:
                    moved |= _moved(earlier, contents)
                # Each time a new session: functions in an old one may go on as they were planned.
                with connect(dsn) as probing:
                    here = _Here(journey, Prober(probing), moved)
                    for number, subject in enumerate(self.subjects):
                        yield self._cell(number, subject, state, here)
        self.notes += journey.notes

    def _cell(self, number: int, subject: Subject, state: State, here: "_Here") -> Cell:
        return Cell(
            participant=subject.participant,
            state=state,
            query=subject.query.id,
            name=subject.query.name,
            origin=subject.query.origin[0] if subject.query.origin else "",
            verdict=self._verdict(number, subject, state, here),
        )

    def _verdict(self, number: int, subject: Subject, state: State, here: "_Here") -> Verdict:
        if here.journey.ended:
            return Unknown(f"the state is never reached: {here.journey.ended}")
        if subject.home is None:
            return Unknown(subject.reason)
        if number in self.unsteady:
            return Unknown(self.unsteady[number])
        baseline = subject.participant.side is Side.BASELINE
        observed = here.prober.observe(subject.query, subject.home.vectors)
        given = Circumstances(
            in_sessions=self._in_sessions(number, subject, state, observed),
            # The canary was written for the rows as the release leaves them.
            moved=here.moved if baseline else frozenset(),
            thinned=frozenset(here.journey.thinned) ^ subject.thinned,
        )
        verdict = judge(subject.query, subject.home, observed, given)
        if isinstance(verdict, Red) and verdict.witness.kind is Kind.MEANING:
            for _ in range(REPEATS):
                again = replace(observed, runs=here.prober.run_again(subject.query, observed))
                if judge(subject.query, subject.home, again, given) != verdict:
                    return Unknown(f"does not repeat itself here: {verdict.witness.message}")
        if baseline and state == BEFORE and isinstance(verdict, Red):
            reason = f"does not repeat itself on its own schema: {verdict.witness.message}"
            self.unsteady[number] = reason
            return Unknown(reason)
        return verdict

    def _in_sessions(self, number: int, subject: Subject, state: State, observed: Observation) -> Prepares:
        """What open sessions have prepared: the baseline's at home, the canary's when it started."""
        if not subject.participant.workload.prepares or subject.home is None:
            return {}
        if subject.participant.side is Side.BASELINE:
            return subject.home.observed.prepared
        states = (BEFORE, *self.states)
        if states.index(state) < turning_point(states):
            return {}
        return self.started.setdefault(number, observed.prepared)


@dataclass(frozen=True, slots=True)
class _Here:
    """The state that the walk has come to."""

    journey: Journey
    prober: Prober
    #: Columns whose old rows the release has given other values.
    moved: frozenset[str]


def _contents(conn: psycopg.Connection, rows: Rows) -> dict[str, dict[str, list[str]]]:
    """The values of each column of each table, in an order of their own."""
    found: dict[str, dict[str, list[str]]] = {}
    for schema, table in rows.samples:
        asked = sql.SQL("SELECT * FROM {} LIMIT 500").format(sql.Identifier(schema, table))
        told = conn.pgconn.exec_(asked.as_bytes(conn))
        columns = [(told.fname(n) or b"").decode() for n in range(told.nfields)]
        found[f"{schema}.{table}"] = {
            column: sorted(
                ((told.get_value(row, place) or b"").decode(errors="replace") for row in range(told.ntuples)),
            )
            for place, column in enumerate(columns)
        }
    return found


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
