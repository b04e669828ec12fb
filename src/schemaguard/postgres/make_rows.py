"""Fills a shadow database with a few rows a table that obey the database's own constraints.

The server is the judge: a row that it refuses is changed where its refusal points to, and tried again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import psycopg
from psycopg import pq, sql

from schemaguard.compat.candidates import Sample
from schemaguard.compat.observation import Row
from schemaguard.names import literal, quote, quote_all
from schemaguard.postgres.sample_tables import Name, Reference, SampleTable, read_tables
from schemaguard.postgres.sample_values import alternatives, value_of

#: The rows of a table. To the first three others refer; one has NULL wherever it may, and goes when a step
#: wants no NULL; the last is without NULL and can be deleted.
ROWS = 5
PARENTS = 3
NULLS = 4
SPARE = 2
#: Of one row. A row that the server still refuses then is not made.
TRIES = 80
#: Spare rows have other numbers than those that are there.
SPARE_FROM = 501


@dataclass(slots=True)
class Rows:
    """The rows that are there, in the order of their tables, and how they came there."""

    samples: dict[Name, Sample] = field(default_factory=dict)
    script: list[str] = field(default_factory=list)
    #: Tables for which no row could be made, and why.
    empty: dict[Name, str] = field(default_factory=dict)


def make_rows(conn: psycopg.Connection) -> Rows:
    """Insert rows into every table, and think of some more. ``conn`` is in autocommit mode."""
    maker = _Maker(conn, read_tables(conn))
    for table in maker.in_order():
        maker.fill(table)
    _move_sequences(conn)
    return maker.rows


def read_samples(conn: psycopg.Connection, earlier: Mapping[Name, Sample]) -> dict[Name, Sample]:
    """The same rows as they are now, in tables as they are now, and rows that could be added now."""
    maker = _Maker(conn, read_tables(conn))
    for table in maker.in_order():
        maker.reread(table, earlier.get(table.name))
    return maker.rows.samples


@dataclass(slots=True)
class _Maker:
    conn: psycopg.Connection
    tables: dict[Name, SampleTable]
    rows: Rows = field(default_factory=Rows)

    def in_order(self) -> list[SampleTable]:
        """Tables after those that they refer to; in a circle, as they come."""
        done: dict[Name, SampleTable] = {}
        while len(done) < len(self.tables):
            left = [table for table in self.tables.values() if table.name not in done]
            ready = [table for table in left if self._waits_for(table) <= done.keys()]
            for table in ready or left[:1]:
                done[table.name] = table
        return list(done.values())

    def _waits_for(self, table: SampleTable) -> set[Name]:
        return {r.target for r in table.references if r.target != table.name and r.target in self.tables}

    def fill(self, table: SampleTable) -> None:
        """Insert the table's rows, then find spare ones."""
        columns = tuple(column.name for column in table.columns)
        self.rows.samples[table.name] = Sample(columns=columns)
        made: list[Row] = []
        for number in range(1, ROWS + 1):
            row = self._try(table, number, nulls=number == NULLS, keep=True)
            if row is not None:
                made.append(row)
                self.rows.script.append(self._insert_text(table, row))
                self.rows.samples[table.name] = Sample(columns=columns, rows=tuple(made))
        if made:
            self.rows.empty.pop(table.name, None)
        self._spare(table, tuple(made))

    def reread(self, table: SampleTable, earlier: Sample | None) -> None:
        """Read the table's rows, those that were made here first."""
        columns = tuple(column.name for column in table.columns)
        query = sql.SQL("SELECT {} FROM {} LIMIT 200").format(
            sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in columns),
            sql.Identifier(*table.name),
        )
        found: list[Row] = self.conn.execute(query).fetchall() if columns else []
        if earlier is not None and set(table.key) <= set(earlier.columns) and table.key:
            places = [earlier.columns.index(column) for column in table.key]
            here = [columns.index(column) for column in table.key]
            order = [tuple(row[place] for place in places) for row in earlier.rows]
            ours = {tuple(row[place] for place in here): row for row in found}
            found = [ours[key] for key in order if key in ours] or found
        rows = tuple(found[:ROWS])
        self.rows.samples[table.name] = Sample(columns=columns, rows=rows)
        self._spare(table, rows)

    def _spare(self, table: SampleTable, rows: tuple[Row, ...]) -> None:
        columns = tuple(column.name for column in table.columns)
        tried = (self._try(table, SPARE_FROM + n, nulls=False, keep=False) for n in range(SPARE))
        spare = tuple(row for row in tried if row is not None)
        self.rows.samples[table.name] = Sample(columns=columns, rows=rows, spare=spare)

    def _try(self, table: SampleTable, number: int, *, nulls: bool, keep: bool) -> Row | None:
        """A row that the server takes."""
        drafts = _Draft(table, number, nulls, self.rows.samples)
        for _ in range(TRIES):
            row = drafts.row()
            if row is None:
                break
            answer = self._insert(table, row, keep=keep)
            if isinstance(answer, tuple):
                return answer
            if not drafts.learn(answer):
                self.rows.empty.setdefault(table.name, _message(answer))
                break
        return None

    def _insert(self, table: SampleTable, row: Row, *, keep: bool) -> "Row | pq.abc.PGresult":
        if not keep:
            self.conn.pgconn.exec_(b"BEGIN")
        columns = [column.name for column in table.columns]
        told = self.conn.pgconn.exec_params(
            self._insert_sql(table).encode(), [None if v is None else v.encode() for v in row]
        )
        if not keep:
            self.conn.pgconn.exec_(b"ROLLBACK")
        if told.status != pq.ExecStatus.TUPLES_OK:
            return told
        if not told.ntuples:
            return row  # A trigger or a rule has put it elsewhere.
        stored = (told.get_value(0, place) for place in range(len(columns)))
        return tuple(None if value is None else value.decode() for value in stored)

    def _insert_sql(self, table: SampleTable) -> str:
        names = quote_all(column.name for column in table.columns)
        relation = _sql_name(table)
        if not table.columns:
            return f"INSERT INTO {relation} DEFAULT VALUES RETURNING 1"
        places = ", ".join(f"${place}" for place in range(1, len(table.columns) + 1))
        return f"INSERT INTO {relation} ({names}) OVERRIDING SYSTEM VALUE VALUES ({places}) RETURNING {names}"

    def _insert_text(self, table: SampleTable, row: Row) -> str:
        if not table.columns:
            return f"INSERT INTO {_sql_name(table)} DEFAULT VALUES;"
        names = quote_all(column.name for column in table.columns)
        values = ", ".join("NULL" if value is None else literal(value).strip() for value in row)
        return f"INSERT INTO {_sql_name(table)} ({names}) OVERRIDING SYSTEM VALUE VALUES ({values});"


def _sql_name(table: SampleTable) -> str:
    return f"{quote(table.name[0])}.{quote(table.name[1])}"


@dataclass(slots=True)
class _Draft:
    """One row in the making: changed after each refusal."""

    table: SampleTable
    number: int
    nulls: bool
    samples: Mapping[Name, Sample]
    #: Raised where a value is taken already.
    bumps: dict[str, int] = field(default_factory=dict)
    #: Which row each reference points to, beyond the one of the same number.
    turns: dict[Reference, int] = field(default_factory=dict)
    forced: dict[str, str] = field(default_factory=dict)
    searches: dict[str, Iterator[dict[str, str]]] = field(default_factory=dict)

    def row(self) -> Row | None:
        """The row as it stands; None: one of its references has nothing to point to."""
        values = {column.name: self._value(column.name) for column in self.table.columns}
        for reference in self.table.references:
            pointed = self._pointed(reference)
            if pointed is None and any(self.table.column(c).not_null for c in reference.columns):
                if reference.target != self.table.name:
                    return None
                pointed = {theirs: values.get(theirs) for theirs in reference.target_columns}
            for ours, theirs in zip(reference.columns, reference.target_columns, strict=True):
                if ours in values:
                    values[ours] = None if pointed is None else pointed[theirs]
        return tuple(values[column.name] for column in self.table.columns)

    def _value(self, name: str) -> str | None:
        column = self.table.column(name)
        if name in self.forced:
            return self.forced[name]
        if self.nulls and not column.not_null:
            return None
        return value_of(column, self._number(name), self._checks(name))

    def _number(self, name: str) -> int:
        # So far apart that a raised one meets no other.
        return self.number + self.bumps.get(name, 0) * 1_000

    def _checks(self, name: str) -> str:
        texts = [text for _, columns, text in self.table.checks if name in columns]
        return " ".join([*texts, self.table.column(name).domain_checks])

    def _pointed(self, reference: Reference) -> dict[str, str | None] | None:
        sample = self.samples.get(reference.target)
        optional = all(not self.table.column(c).not_null for c in reference.columns)
        if sample is None or not sample.rows or (self.nulls and optional):
            return None
        row = sample.rows[(self.number - 1 + self.turns.get(reference, 0)) % self._choices(reference)]
        return dict(zip(sample.columns, row, strict=True))

    def _choices(self, reference: Reference) -> int:
        """How many rows it may point to: spare rows to all."""
        rows = len(self.samples[reference.target].rows) if reference.target in self.samples else 0
        return max(rows if self.number >= SPARE_FROM else min(rows, PARENTS), 1)

    def learn(self, refusal: pq.abc.PGresult) -> bool:
        """Change the row where the server's refusal points to; whether there is anything left to change."""
        state = (refusal.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        name = (refusal.error_field(pq.DiagnosticField.CONSTRAINT_NAME) or b"").decode()
        if state in ("23505", "23P01"):
            columns = next((of for index, of in self.table.unique if index == name), self.table.key)
            return self._make_unique(columns)
        if state == "23514":
            found = [check for check in self.table.checks if check[0] == name] or [
                check for check in self.table.checks if not check[0]
            ]
            columns = found[0][1] if found else tuple(c.name for c in self.table.columns if c.domain_checks)
            return self._turn(columns) or self._search(name, columns)
        return False

    def _make_unique(self, columns: tuple[str, ...]) -> bool:
        free = [c for c in columns if all(c not in r.columns for r in self.table.references)]
        for name in free:
            self.bumps[name] = self.bumps.get(name, 0) + 1
            self.forced.pop(name, None)
            for check, of, _ in self.table.checks:
                if name in of:
                    self.searches.pop(check, None)
        if free:
            return True
        return self._turn(columns)

    def _turn(self, columns: tuple[str, ...]) -> bool:
        """Point to the next rows: like the hands of a clock, so that every combination comes once."""
        referring = [r for r in self.table.references if set(r.columns) & set(columns)]
        for reference in referring:
            self.turns[reference] = self.turns.get(reference, 0) + 1
            if self.turns[reference] % self._choices(reference):
                return True
        return False

    def _search(self, check: str, columns: tuple[str, ...]) -> bool:
        if check not in self.searches:
            self.searches[check] = self._combinations(columns)
        following = next(self.searches[check], None)
        if following is None:
            return False
        self.forced.update(following)
        return True

    def _combinations(self, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
        known = {column.name for column in self.table.columns}
        names = [name for name in columns if name in known]
        pools = [
            alternatives(self.table.column(name), self._number(name), self._checks(name)) for name in names
        ]
        for values in product(*pools):
            yield dict(zip(names, values, strict=True))


def _message(result: pq.abc.PGresult) -> str:
    return (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode()


SEQUENCES = """
SELECT format('SELECT setval(%L, 10000 + coalesce(max(%I)::bigint, 0)) FROM %I.%I',
              s.oid::regclass::text, a.attname, n.nspname, c.relname)
FROM pg_class s
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
                AND d.refclassid = 'pg_class'::regclass
JOIN pg_class c ON c.oid = d.refobjid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
JOIN pg_sequence q ON q.seqrelid = s.oid AND q.seqmax > 20000
WHERE s.relkind = 'S'
"""


def _move_sequences(conn: psycopg.Connection) -> None:
    """Past the numbers that were given by hand."""
    for (statement,) in conn.execute(SEQUENCES).fetchall():
        conn.execute(statement.encode())
