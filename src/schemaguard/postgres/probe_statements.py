"""Asks a live server about one statement: can it be prepared, planned, run, and what does it do?

Nothing stays: all happens in a transaction that is rolled back.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from itertools import count

import psycopg
from psycopg import pq

from schemaguard.compat.candidates import type_vectors
from schemaguard.compat.observation import (
    Described,
    Failure,
    Image,
    Planned,
    Prepared,
    ResultColumn,
    Row,
    Run,
    Stored,
    Vector,
    Write,
)
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.names import quote
from schemaguard.postgres.answers import end_copy, execute, failure_of, rows_of
from schemaguard.postgres.read_plan import Facts, read_facts, read_plan

#: Tables with more rows are not compared before and after.
ROWS = 2_000

# Plans are the same whatever the values, and no statement of a workload may hold up the check.
SETTINGS = b"""
SET plan_cache_mode = force_generic_plan;
SET statement_timeout = '5s';
SET client_min_messages = warning;
SET default_transaction_isolation = 'read committed'
"""

TYPE_NAMES = """
SELECT o, m, format_type(o, m), format_type(o, NULL) FROM unnest(%s::oid[], %s::int[]) AS t(o, m)
"""

# What a history writes gets the same keys everywhere; what is tried after it, never the same twice.
SEQUENCES = """
SELECT setval(seqrelid::regclass, %s) FROM pg_sequence WHERE seqmax > 1000000000 AND seqincrement > 0
"""
_GAP = 1_000
_WRITTEN = 10_000_000
_bases = count(100_000_000, _GAP)

#: COPY takes no values.
NO_VALUES = Vector((), ())


@dataclass(slots=True)
class Prober:
    """Observes statements at one state: make a new one after each step. ``conn`` is in autocommit mode.

    ``role``: under whose rights the statements run; "": those of who is connected.
    """

    conn: psycopg.Connection
    role: str = ""
    facts: Facts = field(init=False)
    types: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    #: How the statements are called that are prepared in this session, and what the server said to each.
    names: dict[tuple[str, tuple[str, ...]], tuple[bytes, Prepared | Failure]] = field(default_factory=dict)
    #: The tables as they are in this history, before a statement runs.
    images: dict[str, Image | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Its own prepared statements would be gone with ours.
        self.conn.prepare_threshold = None
        self.conn.pgconn.exec_(SETTINGS)
        self.facts = read_facts(self.conn)
        if self.role:
            self.conn.execute(f"SET ROLE {quote(self.role)}".encode())

    def describe(self, query: Query, *, planned: bool = True) -> Described:
        """What the server says of it. Outside any history."""
        if query.kind == "copy":
            return Described(prepared={(): self._copy(query).failure or Prepared((), ())})
        prepared = {types: self.prepare(query.sql, types) for types in type_vectors(query)}
        first = next((types for types, answer in prepared.items() if isinstance(answer, Prepared)), None)
        plan = self._plan(query, first) if planned and first is not None else None
        return Described(prepared=prepared, plan=plan)

    @contextmanager
    def history(self, writes: Iterable[Write] = (), *, keep: bool = False) -> Iterator[frozenset[int]]:
        """A transaction in which these were written before; ``keep``: they stay when it ends.

        Yields the numbers of those that were refused.
        """
        pgconn = self.conn.pgconn
        pgconn.exec_(b"BEGIN")
        self.images = {}
        refused = set()
        try:
            for write in writes:
                pgconn.exec_(b"SAVEPOINT write")
                self._number_from(_WRITTEN + write.number * _GAP, write.role)
                if self._execute(write.query, write.vector).failure is not None:
                    # That it is refused is found where it is looked at itself.
                    pgconn.exec_(b"ROLLBACK TO write")
                    refused.add(write.number)
            self._number_from(next(_bases), self.role)
            pgconn.exec_(b"SAVEPOINT before")
            yield frozenset(refused)
        finally:
            pgconn.exec_(b"COMMIT" if keep else b"ROLLBACK")
            self.images = {}

    def run(self, query: Query, vectors: Iterable[Vector], described: Described) -> dict[Vector, Run]:
        """What it does with each vector, in this history; where it cannot be prepared, nothing."""
        if query.kind == "copy":
            return {vector: self._copy(query) for vector in vectors}
        plan = described.plan
        watched = sorted(plan.writes | plan.follow) if isinstance(plan, Planned) else []
        before = {table: image for table in watched if (image := self._image_before(table)) is not None}
        ordered = sorted(vectors, key=lambda vector: vector.types)
        known = [v for v in ordered if isinstance(described.prepared.get(v.types), Prepared)]
        return {vector: self._run(query, vector, before) for vector in known}

    def prepare(self, sql: str, types: tuple[str, ...]) -> Prepared | Failure:
        """Parse and Describe, as a driver does that declares these types."""
        if (sql, types) not in self.names:
            name = f"schemaguard_{len(self.names)}".encode()
            self.names[sql, types] = (name, self._prepare(name, sql, types))
        return self.names[sql, types][1]

    def _prepare(self, name: bytes, sql: str, types: tuple[str, ...]) -> Prepared | Failure:
        try:
            oids = [self._oid(type_) for type_ in types]
        except psycopg.Error as error:
            return Failure(error.sqlstate or "42704", str(error).split("\n")[0])
        pgconn = self.conn.pgconn
        told = pgconn.prepare(name, sql.encode(), oids or None)
        if told.status != pq.ExecStatus.COMMAND_OK:
            return failure_of(told)
        described = pgconn.describe_prepared(name)
        columns = [
            ((described.fname(n) or b"").decode(), described.ftype(n), described.fmod(n))
            for n in range(described.nfields)
        ]
        parameters = [(described.param_type(n), -1) for n in range(described.nparams)]
        self._learn_types([*parameters, *((oid, mod) for _, oid, mod in columns)])
        return Prepared(
            tuple(self.types[key][0] for key in parameters),
            tuple(ResultColumn(column, *self.types[oid, mod]) for column, oid, mod in columns),
        )

    def _oid(self, type_: str) -> int:
        if not type_:
            return 0
        known = self.conn.adapters.types.get(type_.removesuffix("[]"))
        if known is not None:
            return known.array_oid if type_.endswith("[]") else known.oid
        row = self.conn.execute("SELECT %s::regtype::oid", [type_]).fetchone()
        return int(row[0]) if row else 0

    def _learn_types(self, keys: Iterable[tuple[int, int]]) -> None:
        missing = sorted({key for key in keys if key not in self.types})
        if not missing:
            return
        oids, mods = [key[0] for key in missing], [key[1] for key in missing]
        for oid, mod, full, base in self.conn.execute(TYPE_NAMES, [oids, mods]):
            self.types[oid, mod] = (full, base)

    def _plan(self, query: Query, types: tuple[str, ...]) -> Planned | Failure:
        """The generic plan: it sees more than Parse, such as a missing unique index of ON CONFLICT."""
        name = self.names[query.sql, types][0].decode()
        nulls = ", ".join(["NULL"] * len(query.parameters))
        given = f"({nulls})" if nulls else ""
        told = self.conn.pgconn.exec_(
            f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) EXECUTE {name} {given}".encode()
        )
        if told.status != pq.ExecStatus.TUPLES_OK:
            return failure_of(told)
        plan = json.loads(told.get_value(0, 0) or b"[]")[0]
        # Of a utility there is none.
        return read_plan(plan["Plan"], self.facts) if "Plan" in plan else Planned()

    def _execute(self, query: Query, vector: Vector) -> Run:
        prepared = self.names.get((query.sql, vector.types))
        if prepared is None or isinstance(prepared[1], Failure):
            return Run(failure=Failure("", "it is not prepared"))
        told = execute(self.conn, prepared[0], vector)
        if told.status == pq.ExecStatus.TUPLES_OK:
            return Run(count=told.ntuples, rows=rows_of(told))
        if told.status == pq.ExecStatus.COMMAND_OK:
            return Run(count=told.command_tuples or 0)
        return Run(failure=failure_of(told))

    def _run(self, query: Query, vector: Vector, before: Mapping[str, Image]) -> Run:
        run = self._execute(query, vector)
        if run.failure is None and before:
            after = {table: self._image(table) for table in before}
            stored = {table: Stored(before[table], image) for table, image in after.items() if image}
            run = Run(count=run.count, rows=run.rows, stored=stored)
        self.conn.pgconn.exec_(b"ROLLBACK TO before")
        return run

    def _number_from(self, number: int, role: str) -> None:
        """What follows is done under the rights of the role, and gets these numbers."""
        self.conn.pgconn.exec_(b"SET LOCAL ROLE NONE")
        self.conn.execute(SEQUENCES, [number])
        if role:
            self.conn.execute(f"SET LOCAL ROLE {quote(role)}".encode())

    def _as_owner(self) -> None:
        """Until the transaction, or the part of it, is rolled back."""
        if self.role:
            self.conn.pgconn.exec_(b"SET LOCAL ROLE NONE")

    def _image_before(self, table: str) -> Image | None:
        if table not in self.images:
            self.images[table] = self._image(table)
            self.conn.pgconn.exec_(b"ROLLBACK TO before")
        return self.images[table]

    def _image(self, table: str) -> Image | None:
        self._as_owner()
        schema, _, name = table.partition(".")
        relation = self.facts.relations.get(table)
        told = self.conn.pgconn.exec_(
            f"SELECT * FROM {quote(schema)}.{quote(name)} LIMIT {ROWS + 1}".encode()
        )
        if told.status != pq.ExecStatus.TUPLES_OK or told.ntuples > ROWS or relation is None:
            return None
        columns = tuple((told.fname(n) or b"").decode() for n in range(told.nfields))
        key = [columns.index(column) for column in relation.key if column in columns]
        rows = rows_of(told)
        if key:
            return Image(columns, {tuple(row[n] for n in key): row for row in rows})
        # Without a key a row is known by its values, and by how many like it came before.
        seen: Counter[Row] = Counter()
        keyed: dict[Row, Row] = {}
        for row in rows:
            seen[row] += 1
            keyed[(*row, str(seen[row]))] = row
        return Image(columns, keyed)

    def _copy(self, query: Query) -> Run:
        """COPY is no statement that can be prepared: it is run, with no rows to read."""
        pgconn = self.conn.pgconn
        within = pgconn.transaction_status != pq.TransactionStatus.IDLE
        if not within:
            pgconn.exec_(b"BEGIN")
            pgconn.exec_(b"SAVEPOINT before")
        told = pgconn.exec_(query.sql.encode())
        failure = failure_of(told) if told.status == pq.ExecStatus.FATAL_ERROR else None
        end_copy(self.conn, told)
        while (answer := pgconn.get_result()) is not None:
            if answer.status == pq.ExecStatus.FATAL_ERROR:
                failure = failure or failure_of(answer)
        pgconn.exec_(b"ROLLBACK TO before" if within else b"ROLLBACK")
        return Run(failure=failure)
