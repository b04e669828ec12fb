"""What each statement does on the schema that it was written for: all else is held against this."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace

import psycopg
from psycopg import sql

from schemaguard.compat.candidates import Sample, candidates, edges, writing
from schemaguard.compat.cells import Participant, Side, State
from schemaguard.compat.hints import read_hints
from schemaguard.compat.judge import ANSWERS
from schemaguard.compat.observation import (
    Described,
    Evidence,
    History,
    Home,
    Prepared,
    Run,
    Stored,
    Vector,
    Write,
)
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.postgres.connect import connect
from schemaguard.postgres.make_rows import Rows, read_samples
from schemaguard.postgres.probe_statements import NO_VALUES, Prober
from schemaguard.postgres.sample_tables import Name
from schemaguard.postgres.shadow_databases import Servers, shadow_database
from schemaguard.postgres.shadow_steps import Journey

MOVE = sql.SQL("UPDATE {t} SET {c} = {c} WHERE ctid IN (SELECT ctid FROM {t} ORDER BY ctid LIMIT 2)")

#: So many vectors are kept of those that work at home, and one for each constraint that gives an answer.
KEPT = 4
#: And so many of extreme values.
FAR = 4
#: So many statements of one side may write.
APART = 5_000
_FIRST = {Side.BASELINE: 0, Side.CANARY: APART}


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
    with shadow_database(server, template) as name:
        settled = _Settled(server.dsn(name), old, rows.samples, Side.BASELINE)
        settled.among({History.BASELINE: settled.writes})
    before = settled.writes
    found = Homes(tuple(settled.subjects()), {Side.BASELINE: before})
    if not new:
        return found
    notes: list[str] = []
    for way in ways:
        with shadow_database(server, template) as name:
            journey = _gone(server.dsn(name), rows, way, ())
            notes += journey.notes
            if journey.ended:
                continue
            with connect(server.dsn(name)) as conn:
                samples = read_samples(conn, rows.samples)
            settled = _Settled(server.dsn(name), new, samples, Side.CANARY)
            settled.among({History.CANARY: settled.writes})
        _inherited(server, template, rows, way, before, settled)
        thinned = frozenset(journey.thinned)
        return Homes(
            (*found.subjects, *(replace(subject, thinned=thinned) for subject in settled.subjects())),
            {Side.BASELINE: before, Side.CANARY: settled.writes},
            tuple(notes),
        )
    reason = f"its own schema is never reached: {notes[-1] if notes else 'there is no way to it'}"
    subjects = [
        Subject(participant=participant, query=query, reason=reason)
        for participant in new
        for query in participant.workload.statements
    ]
    return Homes((*found.subjects, *subjects), {Side.BASELINE: before}, tuple(notes))


def _gone(dsn: str, rows: Rows, way: Sequence[State], writes: Sequence[Write]) -> Journey:
    """The way, gone after these were written."""
    write_down(dsn, writes)
    with connect(dsn) as conn:
        journey = Journey(conn, dict(rows.samples), rows.found)
        for state in way:
            journey.go(state)
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
) -> None:
    """What the canary does among rows that the baseline wrote before the migration.

    Twice, from the start: what depends on the time of writing then differs, and is known to prove nothing.
    """
    if not before:
        return
    for _ in range(2):
        with shadow_database(server, template) as name:
            if _gone(server.dsn(name), rows, way, before).ended:
                return
            settled.run(server.dsn(name), {History.BASELINE: (), History.BOTH: settled.writes})


class _Settled:
    """The statements of one side at home: with which values they work, what they do, and what they write."""

    def __init__(
        self,
        dsn: str,
        participants: Sequence[Participant],
        samples: Mapping[Name, Sample],
        side: Side,
    ) -> None:
        self.dsn, self.participants, self.samples = dsn, participants, samples
        self.described: list[tuple[Participant, Query, Described]] = []
        self.evidence: list[dict[History, Evidence]] = []
        written: list[Write] = []
        first = _FIRST[side]
        for participant in participants:
            with connect(dsn) as conn:
                prober = Prober(conn, participant.workload.role)
                for query in participant.workload.statements:
                    described, runs, vector = _best(prober, query, samples, side)
                    self.described.append((participant, query, described))
                    self.evidence.append({History.LEGACY: Evidence(runs)})
                    if vector is not None:
                        written.append(Write(query, vector, first + len(self.described), prober.role))
            # What does not work here makes no history.
            refused = write_down(dsn, written, keep=False)
            written = [write for write in written if write.number not in refused]
        self.writes = tuple(written)

    def among(self, written: Mapping[History, Sequence[Write]]) -> None:
        """Run all once more, and twice after these were written."""
        self.run(self.dsn, written)
        with connect(self.dsn) as conn:
            _shuffle(conn, self.samples)
        self.run(self.dsn, {History.LEGACY: (), **written})

    def run(self, dsn: str, written: Mapping[History, Sequence[Write]]) -> None:
        """All statements in these histories: the first time it is what they do, then what they do again."""
        place = 0
        for participant in self.participants:
            with connect(dsn) as conn:
                prober = Prober(conn, participant.workload.role)
                own = self.described[place : place + len(participant.workload.statements)]
                described = [prober.describe(query) for _, query, _ in own]
                for history, writes in written.items():
                    prepare_writes(prober, writes)
                    with prober.history(writes):
                        for number, (_, query, _) in enumerate(own):
                            self._keep(place + number, history, prober, query, described[number])
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
            home = Home(described=described, evidence=whole)
            yield Subject(participant=participant, query=query, home=home)


def numbers_of(subjects: Sequence[Subject]) -> dict[int, int]:
    """The places of those that have written, by the numbers that their writes have."""
    places: dict[Side, list[int]] = {Side.BASELINE: [], Side.CANARY: []}
    for place, subject in enumerate(subjects):
        places[subject.participant.side].append(place)
    return {_FIRST[side] + n: place for side, own in places.items() for n, place in enumerate(own, 1)}


def prepare_writes(prober: Prober, writes: Sequence[Write]) -> None:
    """Prepare them outside the history in which they run."""
    for write in writes:
        prober.prepare(write.query.sql, write.vector.types)


def _best(
    prober: Prober, query: Query, samples: Mapping[Name, Sample], side: Side
) -> tuple[Described, dict[Vector, Run], Vector | None]:
    """The statement with those values that bring out most, and with those that it writes."""
    described = prober.describe(query)
    types = next((p.parameters for p in described.prepared.values() if isinstance(p, Prepared)), None)
    if types is None:
        return described, {}, None
    hints = read_hints(query.sql)
    tries = (NO_VALUES,) if query.kind == "copy" else candidates(query, hints, samples, types)
    with prober.history():
        tried = prober.run(query, tries, described)
        far = prober.run(query, edges(query, hints, samples, types), described)
    # Where none works, the last refusal tells why.
    runs = _chosen(tried) or dict(list(tried.items())[-1:])
    runs |= dict([pair for pair in far.items() if pair[1].failure is None][:FAR])
    return described, runs, writing(query, hints, samples, types, 0 if side is Side.BASELINE else 1)


def _chosen(tried: Mapping[Vector, Run]) -> dict[Vector, Run]:
    """Those which work: of each outcome one first, those that meet rows before those that do not."""
    works = [(vector, run) for vector, run in tried.items() if run.failure is None]
    works.sort(key=lambda pair: pair[1].count == 0)
    firsts: dict[object, tuple[Vector, Run]] = {}
    for vector, run in works:
        nulls = tuple(value is None for value in vector.values)
        written = tuple(_written(stored) for stored in run.stored.values())
        firsts.setdefault((nulls, bool(run.count), written), (vector, run))
    chosen = list(firsts.values())
    chosen += [pair for pair in works if pair not in chosen]
    refused: dict[str, tuple[Vector, Run]] = {}
    for vector, run in tried.items():
        if run.failure is not None and run.failure.sqlstate in ANSWERS:
            refused.setdefault(run.failure.constraint, (vector, run))
    return dict([*chosen[:KEPT], *refused.values()]) if chosen else {}


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
