"""What each statement does on the schema that it was written for: all else is held against this."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from schemaguard.compat.candidates import Sample, candidates
from schemaguard.compat.cells import Participant, Side, State
from schemaguard.compat.hints import read_hints
from schemaguard.compat.observation import Home, Observation, Prepared, Run, Stored, Vector
from schemaguard.compat.workload import Query
from schemaguard.postgres.connect import connect
from schemaguard.postgres.make_rows import Rows, read_samples
from schemaguard.postgres.probe_statements import Prober
from schemaguard.postgres.sample_tables import Name
from schemaguard.postgres.shadow_databases import Servers, shadow_database
from schemaguard.postgres.shadow_steps import Journey

MOVE = sql.SQL("UPDATE {t} SET {c} = {c} WHERE ctid IN (SELECT ctid FROM {t} ORDER BY ctid LIMIT 2)")

#: So many vectors are kept of those that work at home.
KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A statement of a participant and its home."""

    participant: Participant
    query: Query
    home: Home | None = None
    #: Why it has no home.
    reason: str = ""
    #: Tables that lack generated rows at home.
    thinned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Homes:
    """All statements, and what was noticed on the way."""

    subjects: tuple[Subject, ...]
    notes: tuple[str, ...] = ()


def find_homes(
    server: Servers,
    template: str,
    rows: Rows,
    ways: Sequence[Sequence[State]],
    participants: Sequence[Participant],
) -> Homes:
    """The baseline's homes are in ``template``, the canary's where the first way leads that can be gone."""
    old = [p for p in participants if p.side is Side.BASELINE]
    new = [p for p in participants if p.side is Side.CANARY]
    with shadow_database(server, template) as name, connect(server.dsn(name)) as conn:
        subjects = list(_settle(conn, old, rows.samples))
    if not new:
        return Homes(tuple(subjects))
    notes: list[str] = []
    for way in ways:
        with shadow_database(server, template) as name:
            with connect(server.dsn(name)) as conn:
                journey = Journey(conn, rows.samples)
                for state in way:
                    journey.go(state)
            notes += journey.notes
            if journey.ended:
                continue
            with connect(server.dsn(name)) as conn:
                found = _settle(conn, new, read_samples(conn, rows.samples))
                thinned = frozenset(journey.thinned)
                subjects += [replace(subject, thinned=thinned) for subject in found]
            return Homes(tuple(subjects), tuple(notes))
    reason = f"its own schema is never reached: {notes[-1] if notes else 'there is no way to it'}"
    subjects += [
        Subject(participant=participant, query=query, reason=reason)
        for participant in new
        for query in participant.workload.statements
    ]
    return Homes(tuple(subjects), tuple(notes))


def _settle(
    conn: psycopg.Connection, participants: Sequence[Participant], samples: Mapping[Name, Sample]
) -> Iterator[Subject]:
    """Each statement with the values that work here, run twice."""
    prober = Prober(conn)
    first = [
        (participant, query, _best(prober, query, samples))
        for participant in participants
        for query in participant.workload.statements
    ]
    _shuffle(conn, samples)
    prober = Prober(conn)
    for participant, query, observed in first:
        home = Home(observed=observed, again=prober.run_again(query, observed))
        yield Subject(participant=participant, query=query, home=home)


def _best(prober: Prober, query: Query, samples: Mapping[Name, Sample]) -> Observation:
    """The statement with those values that bring out most."""
    bare = prober.observe(query, ())
    types = next((p.parameters for p in bare.prepared.values() if isinstance(p, Prepared)), None)
    if types is None or query.kind == "copy":
        return bare
    tried = prober.observe(query, candidates(query, read_hints(query.sql), samples, types))
    # Where none works, the last refusal tells why.
    return replace(tried, runs=_chosen(tried) or dict(list(tried.runs.items())[-1:]))


def _chosen(tried: Observation) -> dict[Vector, Run]:
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


def _shuffle(conn: psycopg.Connection, samples: Mapping[Name, Sample]) -> None:
    """Write half of the rows anew, as they are: they now come after the others.

    What depends on the order in which rows happen to lie then differs between the two runs, and is known to
    prove nothing.
    """
    conn.execute("SET session_replication_role = replica")
    for (schema, table), sample in samples.items():
        for column in sample.columns:
            # Not every column may be assigned to; one that may is enough.
            with suppress(psycopg.Error):
                conn.execute(MOVE.format(t=sql.Identifier(schema, table), c=sql.Identifier(column)))
                break
    conn.execute("RESET session_replication_role")
