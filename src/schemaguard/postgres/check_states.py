"""Walks through the states of a release on shadow databases, and asks of each what becomes of the workloads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from os import getpid
from typing import Protocol

import psycopg
from psycopg import sql

from schemaguard.compat.candidates import candidates
from schemaguard.compat.cells import BEFORE, Cell, Matrix, Participant, Side, State
from schemaguard.compat.hints import Hints, read_hints
from schemaguard.compat.judge import Circumstances, judge
from schemaguard.compat.observation import Home, Observation, Prepared, Run, Stored, Vector
from schemaguard.compat.verdict import Red, Unknown, Verdict
from schemaguard.compat.workload import Query
from schemaguard.errors import DatabaseError
from schemaguard.postgres.make_rows import Rows, make_rows, read_samples
from schemaguard.postgres.probe_statements import Prober
from schemaguard.postgres.sample_tables import Name
from schemaguard.postgres.shadow_steps import Journey
from schemaguard.compat.candidates import Sample

#: So many vectors are kept of those that work at home.
KEPT = 4

_numbers = count(1)

Builder = Callable[[psycopg.Connection], None]


class Servers(Protocol):
    """A server on which databases can be made and dropped."""

    def dsn(self, dbname: str = "postgres") -> str:
        """What psycopg connects to."""

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database; the answer is its DSN."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A statement of a participant, with its home once that is known."""

    participant: Participant
    query: Query
    hints: Hints
    home: Home | None
    #: Why it has no home.
    reason: str = ""
    #: Tables that lack generated rows at home.
    thinned: frozenset[str] = frozenset()


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
    with _database(server) as first:
        rows = _build(server, first, before)
        with _database(server, template=first) as second:
            way = states if written_for is None else written_for
            homes, notes = _homes(server.dsn(second), rows, way, participants)
        walk = _Walk(rows, states, homes)
        cells = tuple(walk.cells(server.dsn(first)))
    unfit = [
        f"no row could be made for {'.'.join(name)}: {why}" for name, why in sorted(rows.empty.items())
        if not rows.samples[name].rows
    ]  # fmt: skip
    return Matrix(
        states=(BEFORE, *states),
        participants=tuple(participants),
        cells=(*_unrecorded(states, participants), *cells),
        notes=tuple(dict.fromkeys([*unfit, *notes, *walk.notes])),
        rows=tuple(rows.script),
    )


@contextmanager
def _database(server: Servers, template: str | None = None) -> Iterator[str]:
    name = f"schemaguard_shadow_{getpid()}_{next(_numbers)}"
    try:
        server.create_database(name, template)
        yield name
    except psycopg.OperationalError as error:
        raise DatabaseError(f"the shadow database was lost: {error}") from error
    finally:
        with psycopg.connect(server.dsn(), autocommit=True) as conn:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            conn.execute(drop)


def _build(server: Servers, name: str, before: str | Builder) -> Rows:
    with psycopg.connect(server.dsn(name), autocommit=True) as conn:
        try:
            if isinstance(before, str):
                conn.execute(before.encode())
            else:
                before(conn)
        except psycopg.Error as error:
            raise DatabaseError(
                f"the schema before the release cannot be built: {error.sqlstate} {str(error).splitlines()[0]}",
                advice="run the earlier migrations on an empty database and see what they need",
            ) from error
        conn.execute("RESET ALL")
        return make_rows(conn)


def _homes(
    dsn: str, rows: Rows, states: Sequence[State], participants: Sequence[Participant]
) -> tuple[list[_Subject], list[str]]:
    """Each statement on the schema that it was written for: the baseline's before, the canary's at the end."""
    subjects: list[_Subject] = []
    with psycopg.connect(dsn, autocommit=True) as conn:
        for participant in participants:
            if participant.side is Side.BASELINE:
                subjects += _at_home(conn, participant, rows.samples)
        canaries = [p for p in participants if p.side is Side.CANARY]
        if not canaries:
            return subjects, []
        journey = Journey(conn, rows.samples)
        for state in states:
            journey.go(state)
        conn.execute("RESET ALL")
        samples = {} if journey.ended else read_samples(conn, rows.samples)
        for participant in canaries:
            if journey.ended:
                reason = f"its own schema is never reached: {journey.ended}"
                subjects += [
                    _Subject(participant, q, Hints(), None, reason) for q in participant.workload.statements
                ]
            else:
                thinned = frozenset(journey.thinned)
                subjects += [replace(s, thinned=thinned) for s in _at_home(conn, participant, samples)]
    return subjects, journey.notes


def _at_home(
    conn: psycopg.Connection, participant: Participant, samples: Mapping[Name, Sample]
) -> Iterator[_Subject]:
    prober = Prober(conn)
    for query in participant.workload.statements:
        hints = read_hints(query.sql)
        bare = prober.observe(query, ())
        types = next((p.parameters for p in bare.prepared.values() if isinstance(p, Prepared)), None)
        if types is None or query.kind == "copy":
            yield _Subject(participant, query, hints, Home(observed=bare, again=bare.runs))
            continue
        tried = prober.observe(query, candidates(query, hints, samples, types))
        kept = _best(tried)
        observed = Observation(
            prepared=tried.prepared, plan=tried.plan, runs=kept or dict(list(tried.runs.items())[-1:])
        )
        yield _Subject(
            participant, query, hints, Home(observed=observed, again=prober.run_again(query, observed))
        )


def _best(tried: Observation) -> dict[Vector, Run]:
    """Those which work: of each outcome one first, those that meet rows before those that do not."""
    works = [(vector, run) for vector, run in tried.runs.items() if run.failure is None]
    works.sort(key=lambda pair: pair[1].count == 0)
    firsts: dict[object, tuple[Vector, Run]] = {}
    for vector, run in works:
        nulls = tuple(value is None for value in vector.values)
        written = tuple(_written(stored) for stored in run.stored.values())
        firsts.setdefault((nulls, bool(run.count), written), (vector, run))
    chosen = list(firsts.values())
    chosen += [pair for pair in works if pair not in chosen]
    return dict(chosen[:KEPT])


def _written(stored: Stored) -> tuple[int, bool]:
    """How many rows came, and whether an old one with NULLs was written: a new constraint may forbid that."""
    before, after = stored.before.rows, stored.after.rows
    changed = [row for key, row in before.items() if after.get(key) != row]
    return len(after) - len(before), any(None in row for row in changed)


@dataclass(slots=True)
class _Walk:
    rows: Rows
    states: Sequence[State]
    subjects: Sequence[_Subject]
    notes: list[str] = field(default_factory=list)
    #: The rows before, to see which columns a step rewrites.
    first: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    #: Statements that do not even repeat themselves at home, and how.
    unsteady: dict[int, str] = field(default_factory=dict)

    def cells(self, dsn: str) -> Iterator[Cell]:
        """The cells of all statements, state by state."""
        with psycopg.connect(dsn, autocommit=True) as conn:
            journey = Journey(conn, self.rows.samples)
            self.first = _contents(conn, self.rows)
            for state in (BEFORE, *self.states):
                journey.go(state)
                conn.execute("RESET ALL")
                moved = _moved(self.first, _contents(conn, self.rows))
                prober = Prober(conn)
                for number, subject in enumerate(self.subjects):
                    yield self._cell(number, subject, state, journey, prober, moved)
        self.notes += journey.notes

    def _cell(
        self,
        number: int,
        subject: _Subject,
        state: State,
        journey: Journey,
        prober: Prober,
        moved: frozenset[str],
    ) -> Cell:
        verdict = self._verdict(number, subject, state, journey, prober, moved)
        return Cell(
            participant=subject.participant,
            state=state,
            query=subject.query.id,
            name=subject.query.name,
            origin=subject.query.origin[0] if subject.query.origin else "",
            verdict=verdict,
        )

    def _verdict(
        self,
        number: int,
        subject: _Subject,
        state: State,
        journey: Journey,
        prober: Prober,
        moved: frozenset[str],
    ) -> Verdict:
        if journey.ended:
            return Unknown(f"the state is never reached: {journey.ended}")
        if subject.home is None:
            return Unknown(subject.reason)
        if number in self.unsteady:
            return Unknown(self.unsteady[number])
        baseline = subject.participant.side is Side.BASELINE
        observed = prober.observe(subject.query, subject.home.vectors)
        given = Circumstances(
            prepares=subject.participant.workload.prepares,
            # The canary was written for the rows as the release leaves them.
            moved=moved if baseline else frozenset(),
            thinned=frozenset(journey.thinned) ^ subject.thinned,
        )
        verdict = judge(subject.query, subject.home, observed, given)
        if baseline and state == BEFORE and isinstance(verdict, Red):
            reason = f"does not repeat itself on its own schema: {verdict.witness.message}"
            self.unsteady[number] = reason
            return Unknown(reason)
        return verdict


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
