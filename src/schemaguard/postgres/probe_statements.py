"""Asks a live server about one statement: can it be prepared, planned, run, and what does it do?

Nothing stays: all happens in a transaction that is rolled back.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

import psycopg
from psycopg import pq

from schemaguard.compat.candidates import type_vectors
from schemaguard.compat.observation import (
    Failure,
    Image,
    Observation,
    Planned,
    Prepared,
    ResultColumn,
    Row,
    Run,
    Stored,
    Vector,
)
from schemaguard.compat.workload import Query
from schemaguard.names import quote
from schemaguard.postgres.read_plan import Facts, read_facts, read_plan

STATEMENT = b"schemaguard_probe"
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


@dataclass(slots=True)
class Prober:
    """Observes statements at one state: make a new one after each step. ``conn`` is in autocommit mode."""

    conn: psycopg.Connection
    facts: Facts = field(init=False)
    types: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    images: dict[str, Image | None] = field(default_factory=dict)
    #: What the server's prepared statement is at the moment.
    current: tuple[str, tuple[str, ...], Prepared] | None = None

    def __post_init__(self) -> None:
        # Its own prepared statements would be gone with ours.
        self.conn.prepare_threshold = None
        self.conn.pgconn.exec_(SETTINGS)
        self.facts = read_facts(self.conn)

    def observe(self, query: Query, vectors: Iterable[Vector]) -> Observation:
        """All that the server says and does; each vector is run once."""
        if query.kind == "copy":
            return self._observe_copy(query)
        # The first last: it is needed again at once.
        prepared = {types: self.prepare(query.sql, types) for types in reversed(type_vectors(query))}
        first = next((t for t, answer in reversed(prepared.items()) if isinstance(answer, Prepared)), None)
        plan = self._plan(query, first) if first is not None else None
        return Observation(
            prepared=prepared, plan=plan, runs=dict(self._run_all(query, vectors, prepared, plan))
        )

    def run_again(self, query: Query, observed: Observation) -> Mapping[Vector, Run]:
        """The same runs once more."""
        if query.kind == "copy":
            return observed.runs
        return dict(self._run_all(query, observed.runs, observed.prepared, observed.plan))

    def prepare(self, sql: str, types: tuple[str, ...]) -> Prepared | Failure:
        """Parse and Describe, as a driver does that declares these types."""
        if self.current is not None and self.current[:2] == (sql, types):
            return self.current[2]
        self.current = None
        try:
            oids = [self._oid(type_) for type_ in types]
        except psycopg.Error as error:
            return Failure(error.sqlstate or "42704", str(error).split("\n")[0])
        pgconn = self.conn.pgconn
        pgconn.exec_(b"DEALLOCATE ALL")
        told = pgconn.prepare(STATEMENT, sql.encode(), oids or None)
        if told.status != pq.ExecStatus.COMMAND_OK:
            return _failure(told)
        described = pgconn.describe_prepared(STATEMENT)
        columns = [
            ((described.fname(n) or b"").decode(), described.ftype(n), described.fmod(n))
            for n in range(described.nfields)
        ]
        parameters = [(described.param_type(n), -1) for n in range(described.nparams)]
        self._learn_types([*parameters, *((oid, mod) for _, oid, mod in columns)])
        answer = Prepared(
            tuple(self.types[key][0] for key in parameters),
            tuple(ResultColumn(name, *self.types[oid, mod]) for name, oid, mod in columns),
        )
        self.current = (sql, types, answer)
        return answer

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
        self.prepare(query.sql, types)
        nulls = ", ".join(["NULL"] * len(query.parameters))
        given = f"({nulls})" if nulls else ""
        explain = f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) EXECUTE {STATEMENT.decode()} {given}"
        told = self.conn.pgconn.exec_(explain.encode())
        if told.status != pq.ExecStatus.TUPLES_OK:
            return _failure(told)
        return read_plan(json.loads(told.get_value(0, 0) or b"[]")[0]["Plan"], self.facts)

    def _run_all(
        self,
        query: Query,
        vectors: Iterable[Vector],
        prepared: Mapping[tuple[str, ...], Prepared | Failure],
        plan: Planned | Failure | None,
    ) -> Iterator[tuple[Vector, Run]]:
        ordered = sorted(vectors, key=lambda vector: vector.types)
        watched = sorted(plan.writes | plan.follow) if isinstance(plan, Planned) else []
        before = {table: image for table in watched if (image := self._image_before(table)) is not None}
        self.conn.pgconn.exec_(b"BEGIN")
        try:
            for vector in ordered:
                answer = prepared.get(vector.types)
                if not isinstance(answer, Prepared):
                    continue
                self.prepare(query.sql, vector.types)
                yield vector, self._run(vector, before)
        finally:
            self.conn.pgconn.exec_(b"ROLLBACK")

    def _run(self, vector: Vector, before: Mapping[str, Image]) -> Run:
        pgconn = self.conn.pgconn
        # None is NULL, though the annotation of exec_prepared forgets it.
        values = cast("list[bytes]", [None if v is None else v.encode() for v in vector.values])
        told = pgconn.exec_prepared(STATEMENT, values)
        if told.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
            run = Run(failure=_failure(told))
        else:
            count = told.ntuples if told.status == pq.ExecStatus.TUPLES_OK else told.command_tuples or 0
            stored = {}
            for table, image in before.items():
                after = self._image(table)
                if after is not None:
                    stored[table] = Stored(image, after)
            run = Run(count=count, rows=_rows(told), stored=stored)
        pgconn.exec_(b"ROLLBACK AND CHAIN")
        return run

    def _image_before(self, table: str) -> Image | None:
        if table not in self.images:
            self.images[table] = self._image(table)
        return self.images[table]

    def _image(self, table: str) -> Image | None:
        schema, _, name = table.partition(".")
        relation = self.facts.relations.get(table)
        told = self.conn.pgconn.exec_(
            f"SELECT * FROM {quote(schema)}.{quote(name)} LIMIT {ROWS + 1}".encode()
        )
        if told.status != pq.ExecStatus.TUPLES_OK or told.ntuples > ROWS or relation is None:
            return None
        columns = tuple((told.fname(n) or b"").decode() for n in range(told.nfields))
        key = [columns.index(column) for column in relation.key if column in columns]
        rows = _rows(told)
        if key:
            return Image(columns, {tuple(row[n] for n in key): row for row in rows})
        # Without a key a row is known by its values, and by how many like it came before.
        seen: Counter[Row] = Counter()
        keyed: dict[Row, Row] = {}
        for row in rows:
            seen[row] += 1
            keyed[(*row, str(seen[row]))] = row
        return Image(columns, keyed)

    def _observe_copy(self, query: Query) -> Observation:
        """COPY is no statement that can be prepared: it is run, with no rows to read."""
        pgconn = self.conn.pgconn
        pgconn.exec_(b"BEGIN")
        told = pgconn.exec_(query.sql.encode())
        failure = _failure(told) if told.status == pq.ExecStatus.FATAL_ERROR else None
        if told.status == pq.ExecStatus.COPY_IN:
            pgconn.put_copy_end()
        elif told.status == pq.ExecStatus.COPY_OUT:
            while pgconn.get_copy_data(0)[0] > 0:
                pass
        while (answer := pgconn.get_result()) is not None:
            if answer.status == pq.ExecStatus.FATAL_ERROR:
                failure = failure or _failure(answer)
        pgconn.exec_(b"ROLLBACK")
        nothing = Vector((), ())
        return Observation(prepared={(): failure or Prepared((), ())}, runs={nothing: Run(failure=failure)})


def _rows(told: pq.abc.PGresult) -> tuple[Row, ...]:
    return tuple(
        tuple(
            None if (value := told.get_value(row, column)) is None else value.decode(errors="replace")
            for column in range(told.nfields)
        )
        for row in range(told.ntuples)
    )


def _failure(told: pq.abc.PGresult) -> Failure:
    message = (told.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or told.error_message).decode().strip()
    state = told.error_field(pq.DiagnosticField.SQLSTATE)
    if state is None:
        # Not the server's answer: libpq's own.
        raise psycopg.OperationalError(message)
    return Failure(state.decode(), message)
