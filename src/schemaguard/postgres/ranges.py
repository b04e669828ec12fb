"""The rows of a backfill along the key: what is next, looked up in ranges."""

import psycopg
from psycopg import sql

from schemaguard.dataclass import dataclass
from schemaguard.postgres.row_keys import Key
from schemaguard.recipe import Backfill

#: The values of a row's key, as text.
Mark = list[str]

#: Milliseconds for which one waits for the table, or for a row, while no other is held.
PATIENCE_MS = 1_000

# Keys are written the same way, whatever the session's settings.
SETTINGS = """
SET LOCAL lock_timeout = {patience}; SET LOCAL statement_timeout = {most}; SET LOCAL enable_seqscan = off;
SET LOCAL extra_float_digits = 1; SET LOCAL datestyle = ISO; SET LOCAL intervalstyle = postgres;
"""
# Of a table that is not yet large, all would be read, or sorted, for the few.
_ALONG_THE_KEY = (
    SETTINGS
    + """
SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off;
SELECT array[{texts}],
       schemaguard_number - lag(schemaguard_number, 1, 0::bigint) OVER (ORDER BY schemaguard_number)
FROM (
    SELECT {columns}, row_number() OVER schemaguard_keys, lead(true) OVER schemaguard_keys IS NULL
    FROM {table} WHERE {after} AND {upto} AND ({where})
    WINDOW schemaguard_keys AS (ORDER BY {columns}) ORDER BY {columns} LIMIT {most_rows}
) AS schemaguard_ahead ({marks}, schemaguard_number, schemaguard_last)
WHERE schemaguard_number % {size} = 0 OR schemaguard_last ORDER BY schemaguard_number
"""
)
_ONE_KEY = (
    SETTINGS
    + """
SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off;
SELECT array[{texts}] FROM {table} WHERE {after} AND {upto} ORDER BY {order} OFFSET {passed} LIMIT 1
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The rows behind one key up to another."""

    after: Mark | None
    upto: Mark
    #: So many when it was looked up.
    rows: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """The rows of a backfill, told apart by a key."""

    backfill: Backfill
    key: Key

    def ahead(
        self,
        conn: psycopg.Connection,
        after: Mark | None,
        *,
        size: int,
        ranges: int,
        needing: bool = False,
        upto: Mark | None = None,
    ) -> list[Range]:
        """The next so many ranges of so many rows, or of so many that still need the values."""
        if ranges == 1 and not needing:
            # To step over entries of the index takes a fifth of the time in which they are numbered.
            mark = self._one_key(conn, after=after, upto=upto, passed=size - 1)
            if mark is not None:
                return [Range(after=after, upto=mark, rows=size)]
        statement = sql.SQL(_ALONG_THE_KEY).format(
            patience=sql.Literal(PATIENCE_MS),
            most=sql.Literal(0),
            texts=sql.SQL(", ").join(sql.SQL("{}::text").format(mark) for mark in self.marks),
            marks=sql.SQL(", ").join(self.marks),
            columns=sql.SQL(", ").join(self.qualified),
            table=self.table,
            after=self.compared(">", after),
            upto=self.compared("<=", upto),
            where=sql.SQL(self.backfill.where if needing else "true"),
            size=sql.Literal(size),
            most_rows=sql.Literal(size * ranges),
        )
        found: list[Range] = []
        for last, rows in last_result(conn.execute(statement, prepare=False)).fetchall():
            found.append(Range(after=found[-1].upto if found else after, upto=last, rows=rows))
        return found

    def last(self, conn: psycopg.Connection) -> Mark | None:
        """The greatest key; None: there are no rows."""
        return self._one_key(conn, last=True)

    def _one_key(
        self,
        conn: psycopg.Connection,
        *,
        after: Mark | None = None,
        upto: Mark | None = None,
        passed: int = 0,
        last: bool = False,
    ) -> Mark | None:
        """The first or ``last`` key there, behind so many that are passed over; None: there is none."""
        statement = sql.SQL(_ONE_KEY).format(
            patience=sql.Literal(PATIENCE_MS),
            most=sql.Literal(0),
            texts=sql.SQL(", ").join(sql.SQL("{}::text").format(column) for column in self.qualified),
            table=self.table,
            after=self.compared(">", after),
            upto=self.compared("<=", upto),
            order=sql.SQL(", ").join(
                sql.SQL("{} DESC" if last else "{}").format(column) for column in self.qualified
            ),
            passed=sql.Literal(passed),
        )
        row = last_result(conn.execute(statement, prepare=False)).fetchone()
        return row[0] if row is not None else None

    def parts(self, conn: psycopg.Connection, within: Range, many: int) -> list[Range]:
        """The range in about so many parts."""
        size = max(1, within.rows // many)
        found = self.ahead(conn, within.after, size=size, ranges=many, upto=within.upto)
        if not found or found[-1].upto != within.upto:
            after = found[-1].upto if found else within.after
            found.append(Range(after=after, upto=within.upto, rows=within.rows - sum(r.rows for r in found)))
        return found

    @property
    def table(self) -> sql.Identifier:
        """The table, with its schema."""
        return sql.Identifier(self.backfill.table.schema, self.backfill.table.name)

    @property
    def qualified(self) -> list[sql.Composed]:
        """The key's columns, with their table."""
        return [sql.SQL("{}.{}").format(self.table, column) for column in self.columns]

    @property
    def columns(self) -> list[sql.Identifier]:
        """The key's columns."""
        return [sql.Identifier(name) for name, _ in self.key]

    @property
    def marks(self) -> list[sql.Identifier]:
        """Names that no user's expression uses."""
        return [sql.Identifier(f"schemaguard_key_{number}") for number in range(len(self.key))]

    def compared(self, how: str, mark: Mark | None) -> sql.Composable:
        """How the key of a row stands to the mark; without one, whatever it is."""
        if mark is None:
            return sql.SQL("true")
        return sql.SQL("({}) {} ({})").format(
            sql.SQL(", ").join(self.qualified),
            sql.SQL(how),
            sql.SQL(", ").join(
                sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(type_name))
                for value, (_, type_name) in zip(mark, self.key, strict=True)
            ),
        )

    def within(self, one: Range) -> sql.Composable:
        """Whether a row is in the range."""
        return sql.SQL("{} AND {}").format(self.compared(">", one.after), self.compared("<=", one.upto))


def last_result(cursor: psycopg.Cursor) -> psycopg.Cursor:
    """The result of the last of several statements."""
    while cursor.nextset():
        pass
    return cursor
