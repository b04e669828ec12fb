"""What each statement does on the schema that it was written for: all else is held against this."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace

import psycopg
from psycopg import sql

from schemaguard.compat.candidates import Sample, Samples
from schemaguard.compat.cells import Participant, Side, State
from schemaguard.compat.observation import (
    Described,
    Evidence,
    History,
    Home,
    Write,
)
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.postgres.carried import Carried, Doubt
from schemaguard.postgres.connect import connect
from schemaguard.postgres.first_runs import first_runs
from schemaguard.postgres.make_rows import Rows, read_samples, read_values
from schemaguard.postgres.numbered import FIRST
from schemaguard.postgres.probe_statements import Prober
from schemaguard.postgres.sample_tables import Name
from schemaguard.postgres.shadow_databases import Servers, shadow_database
from schemaguard.postgres.shadow_steps import Journey

MOVE = sql.SQL("UPDATE {t} SET {c} = {c} WHERE ctid IN (SELECT ctid FROM {t} ORDER BY ctid LIMIT 2)")


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
    """All statements, what each side writes, and what was noticed on the way."""

    subjects: tuple[Subject, ...] = ()
    writes: Mapping[Side, tuple[Write, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    #: What the canary's were tried with, where its way could be gone with all that the baseline writes.
    samples: Samples | None = None


def find_homes(
    server: Servers,
    template: str,
    rows: Rows,
    ways: Sequence[Sequence[State]],
    participants: Sequence[Participant],
    carried: Carried | None = None,
) -> Homes:
    """The baseline's homes are in ``template``, the canary's where the first way leads that can be gone.

    What is ``carried`` needs none.
    """
    old = [p for p in participants if p.side is Side.BASELINE]
    new = [p for p in participants if p.side is Side.CANARY]
    with shadow_database(server, template) as name:
        settled = _Settled(server.dsn(name), old, rows.samples, Side.BASELINE, carried)
        settled.among({History.BASELINE: settled.met})
    before = settled.writes
    found = Homes(tuple(settled.subjects()), {Side.BASELINE: before}, samples={})
    if not new:
        return found
    notes: list[str] = []
    for way in ways:
        with shadow_database(server, template) as name:
            journey = _gone(server.dsn(name), rows, way, ())
            notes += journey.notes
            if journey.ended:
                continue
            samples = _samples(server.dsn(name), rows) if carried is None else carried.samples
            settled = _Settled(server.dsn(name), new, samples, Side.CANARY, carried, len(found.subjects))
            settled.among({History.CANARY: settled.met})
        smooth = _inherited(server, template, rows, way, before, settled)
        thinned = frozenset(journey.thinned)
        return Homes(
            (*found.subjects, *(replace(subject, thinned=thinned) for subject in settled.subjects())),
            {Side.BASELINE: before, Side.CANARY: settled.writes},
            tuple(notes),
            samples if smooth else None,
        )
    reason = f"its own schema is never reached: {notes[-1] if notes else 'there is no way to it'}"
    subjects = [
        Subject(participant=participant, query=query, reason=reason)
        for participant in new
        for query in participant.workload.statements
    ]
    return Homes((*found.subjects, *subjects), {Side.BASELINE: before}, tuple(notes))


def _samples(dsn: str, rows: Rows) -> Samples:
    with connect(dsn) as conn:
        return read_samples(conn, rows.samples)


def _gone(
    dsn: str, rows: Rows, way: Sequence[State], writes: Sequence[Write], carried: Carried | None = None
) -> Journey:
    """The way, gone after these were written; Doubt where new steps change other rows than without them."""
    write_down(dsn, writes)
    with connect(dsn) as conn:
        journey = Journey(conn, dict(rows.samples), rows.found)
        new = [] if carried is None else [state for state in way if state in carried.later]
        for state in way[: len(way) - len(new)]:
            journey.go(state)
        then = read_values(conn, rows) if new else {}
        for state in new:
            journey.go(state)
        now = read_values(conn, rows) if new else {}
        changed = {table for table, values in then.items() if now.get(table) != values}
        if carried is not None and (journey.notes or not changed <= carried.changed):
            raise Doubt
    return journey


def write_down(dsn: str, writes: Sequence[Write], *, keep: bool = True) -> frozenset[int]:
    """Write these, for good unless told otherwise; the numbers of those that were refused."""
    if not writes:
        return frozenset()
    with connect(dsn) as conn:
        prober = Prober(conn)
        prepare_writes(prober, writes)
        with prober.history(writes, keep=keep) as refused:
            return refused


def _inherited(
    server: Servers,
    template: str,
    rows: Rows,
    way: Sequence[State],
    before: Sequence[Write],
    settled: "_Settled",
) -> bool:
    """What the canary does among rows that the baseline wrote before the migration.

    Twice, from the start: what depends on the time of writing then differs, and is known to prove nothing.
    Whether nothing stood in the way.
    """
    smooth = True
    for _ in range(2 if before else 0):
        with shadow_database(server, template) as name:
            journey = _gone(server.dsn(name), rows, way, before, settled.carried)
            if journey.ended:
                return False
            smooth &= not journey.notes
            settled.run(server.dsn(name), {History.BASELINE: (), History.BOTH: settled.met})
    return smooth


class _Settled:
    """The statements of one side at home: with which values they work, what they do, and what they write."""

    def __init__(
        self,
        dsn: str,
        participants: Sequence[Participant],
        samples: Samples,
        side: Side,
        carried: Carried | None,
        place: int = 0,
    ) -> None:
        self.dsn, self.participants, self.samples, self.carried = dsn, participants, samples, carried
        #: None: it is carried.
        self.described: list[tuple[Participant, Query, Described | None]] = []
        self.evidence: list[dict[History, Evidence]] = []
        written: list[Write] = []
        first = FIRST[side]
        for participant in participants:
            with connect(dsn) as conn:
                prober = Prober(conn, participant.workload.role)
                for query in participant.workload.statements:
                    if carried is not None and place + len(self.described) in carried.kept:
                        if (write := carried.writes.get(place + len(self.described))) is not None:
                            written.append(write)
                        self.described.append((participant, query, None))
                        self.evidence.append({})
                        continue
                    described, runs, vector = first_runs(prober, query, samples, side)
                    self.described.append((participant, query, described))
                    self.evidence.append({History.LEGACY: Evidence(runs)})
                    if vector is not None:
                        written.append(Write(query, vector, first + len(self.described), prober.role))
            # What does not work here makes no history.
            refused = write_down(dsn, self._met(written), keep=False)
            if carried is not None and any(write.number in refused for write in carried.writes.values()):
                raise Doubt
            written = [write for write in written if write.number not in refused]
        self.writes = tuple(written)
        #: Those that the asked may meet.
        self.met = self._met(written)

    def _met(self, writes: Sequence[Write]) -> tuple[Write, ...]:
        return tuple(writes) if self.carried is None else self.carried.near(writes)

    def among(self, written: Mapping[History, Sequence[Write]]) -> None:
        """Run all once more, and twice after these were written."""
        self.run(self.dsn, written)
        touched = None if self.carried is None else self.carried.touched
        with connect(self.dsn) as conn:
            _shuffle(
                conn, {n: s for n, s in self.samples.items() if touched is None or ".".join(n) in touched}
            )
        self.run(self.dsn, {History.LEGACY: (), **written})

    def run(self, dsn: str, written: Mapping[History, Sequence[Write]]) -> None:
        """All statements in these histories: the first time it is what they do, then what they do again."""
        place = 0
        for participant in self.participants:
            with connect(dsn) as conn:
                prober = Prober(conn, participant.workload.role)
                own = self.described[place : place + len(participant.workload.statements)]
                described = [prober.describe(query) if known else None for _, query, known in own]
                for history, writes in written.items():
                    prepare_writes(prober, writes)
                    with prober.history(writes):
                        for number, (_, query, _) in enumerate(own):
                            if (here := described[number]) is not None:
                                self._keep(place + number, history, prober, query, here)
            place += len(own)

    def _keep(
        self, number: int, history: History, prober: Prober, query: Query, described: Described
    ) -> None:
        known = self.evidence[number]
        runs = prober.run(query, known[History.LEGACY].runs, described)
        known[history] = replace(known[history], again=runs) if history in known else Evidence(runs)

    def subjects(self) -> Iterator[Subject]:
        """Each statement with its home."""
        for (participant, query, described), evidence in zip(self.described, self.evidence, strict=True):
            whole = {h: e for h, e in evidence.items() if e.runs.keys() == e.again.keys()}
            home = None if described is None else Home(described=described, evidence=whole)
            yield Subject(participant=participant, query=query, home=home)


def prepare_writes(prober: Prober, writes: Sequence[Write]) -> None:
    """Prepare them outside the history in which they run."""
    for write in writes:
        prober.prepare(write.query.sql, write.vector.types)


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
