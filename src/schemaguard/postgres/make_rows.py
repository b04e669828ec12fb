"""Fills a shadow database with a few rows a table that obey the database's own constraints.

The server is the judge: a row that it refuses is changed where its refusal points to, and tried again.
"""

from collections.abc import Collection, Mapping
from dataclasses import field

import psycopg
from psycopg import pq, sql

from schemaguard.compat.candidates import Sample
from schemaguard.compat.observation import Row
from schemaguard.dataclass import dataclass
from schemaguard.names import literal, quote, quote_all
from schemaguard.postgres.row_draft import SPARE_FROM, Draft
from schemaguard.postgres.sample_tables import Name, SampleTable, read_tables

#: The rows of a table. To the first three others refer; one of ten has NULL wherever it may, and goes when a
#: step wants no NULL; the last is without NULL and can be deleted.
ROWS = 5
NULLS = 4
#: Two to try statements with, and four that the code of both versions writes before.
SPARE = 6
#: Of one row. A row that the server still refuses then is not made.
TRIES = 80


@dataclass(slots=True)
class Rows:
    """The rows that are there, in the order of their tables, and how they came there."""

    samples: dict[Name, Sample] = field(default_factory=dict)
    script: list[str] = field(default_factory=list)
    #: Tables in which there were rows before.
    found: set[Name] = field(default_factory=set)
    #: Tables for which no row could be made, and why.
    empty: dict[Name, str] = field(default_factory=dict)


def make_rows(conn: psycopg.Connection, each: int = ROWS, *, spare: int = 0) -> Rows:
    """Insert rows into every table, so many ``each``, and think of ``spare`` ones.

    ``conn`` is in autocommit mode.
    """
    maker = _Maker(conn, read_tables(conn), each, spare)
    for table in maker.in_order():
        maker.look(table)
        maker.fill(table)
    _move_sequences(conn)
    return maker.rows


def read_samples(
    conn: psycopg.Connection, earlier: Mapping[Name, Sample], only: Collection[str] | None = None
) -> dict[Name, Sample]:
    """The same rows as they are now, in tables as they are now, and rows that could be added now.

    ``only``: of these tables, ``schema.table``, of those that refer to them, and what all these refer to.
    """
    maker = _Maker(conn, read_tables(conn), spare=SPARE)
    wanted = maker.tables.keys() if only is None else maker.around(only)
    for table in maker.in_order():
        if table.name in wanted:
            maker.reread(table, earlier.get(table.name))
    return maker.rows.samples


def read_values(conn: psycopg.Connection, rows: Rows) -> dict[str, dict[str, list[str]]]:
    """The values of each column of each table, ``schema.table``, in an order of their own."""
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


@dataclass(slots=True)
class _Maker:
    conn: psycopg.Connection
    tables: dict[Name, SampleTable]
    each: int = ROWS
    spare: int = 0
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

    def around(self, names: Collection[str]) -> set[Name]:
        """These tables, those that refer to them, and those that all these refer to."""
        found = {name for name in self.tables if ".".join(name) in names}
        while more := {t.name for t in self.tables.values() if self._waits_for(t) & found} - found:
            found |= more
        while more := {name for one in found for name in self._waits_for(self.tables[one])} - found:
            found |= more
        return found

    def look(self, table: SampleTable) -> None:
        """Whether there are rows in it that are none of ours."""
        asked = sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(*table.name))
        if self.conn.execute(asked).rowcount:
            self.rows.found.add(table.name)

    def fill(self, table: SampleTable) -> None:
        """Insert the table's rows, then find spare ones."""
        columns = tuple(column.name for column in table.columns)
        self.rows.samples[table.name] = Sample(columns=columns)
        made: list[Row] = []
        for number in range(1, self.each + 1):
            row = self._try(table, number, nulls=number % 10 == NULLS, keep=True)
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
        tried = (self._try(table, SPARE_FROM + n, nulls=False, keep=False) for n in range(self.spare))
        spare = tuple(row for row in tried if row is not None)
        self.rows.samples[table.name] = Sample(columns=columns, rows=rows, spare=spare)

    def _try(self, table: SampleTable, number: int, *, nulls: bool, keep: bool) -> Row | None:
        """A row that the server takes."""
        drafts = Draft(table, number, nulls, self.rows.samples)
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
