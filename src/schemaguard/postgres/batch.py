"""The rows of a backfill along the key: the next ranges of it, and what is written in one of them."""

from dataclasses import dataclass
from enum import Enum

import psycopg
from psycopg import sql

from schemaguard.postgres.row_keys import Key
from schemaguard.recipe import Backfill

#: The values of a row's key, as text.
Mark = list[str]

#: Milliseconds for which a batch waits for its table, or for a row that has to be waited for: it holds none.
PATIENCE_MS = 1_000
#: Milliseconds for which one may wait that holds rows: somebody whom it waits for may come to wait for it.
HOLDING_MS, PLAIN_MS = 100, 10

# Keys are written the same way, whatever the session's settings.
_SETTINGS = """
SET LOCAL lock_timeout = {patience}; SET LOCAL statement_timeout = {most}; SET LOCAL enable_seqscan = off;
SET LOCAL extra_float_digits = 1; SET LOCAL datestyle = ISO; SET LOCAL intervalstyle = postgres;
"""
# All of a transaction is one exchange, so that no row is held while an answer is on its way. Where the server
# crashes it may be lost, and with it all that came after it, the mark as well: it is done again.
_WRITE = (
    _SETTINGS
    + """
SET LOCAL synchronous_commit = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
LOCK TABLE {tables} IN ROW EXCLUSIVE MODE; {wait} SET LOCAL lock_timeout = {holding};
{statement}
"""
)
# Of a table that is not yet large, all would be read, or sorted, for the few.
_ALONG_THE_KEY = (
    _SETTINGS
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


class Manner(Enum):
    """How rows that somebody else holds are met."""

    #: Without a look. Quick; psycopg.errors.LockNotAvailable or QueryCanceled where one is held.
    PLAIN = "plain"
    #: They are passed over.
    SKIPPING = "skipping"
    #: They are waited for.
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The rows behind one key up to another."""

    after: Mark | None
    upto: Mark
    #: So many when it was looked up.
    rows: int


@dataclass(frozen=True, slots=True)
class Rows:
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
        statement = sql.SQL(_ALONG_THE_KEY).format(
            patience=sql.Literal(PATIENCE_MS),
            most=sql.Literal(0),
            texts=sql.SQL(", ").join(sql.SQL("{}::text").format(mark) for mark in self._marks),
            marks=sql.SQL(", ").join(self._marks),
            columns=sql.SQL(", ").join(self._qualified),
            table=self._table,
            after=self._compared(">", after),
            upto=self._compared("<=", upto),
            where=sql.SQL(self.backfill.where if needing else "true"),
            size=sql.Literal(size),
            most_rows=sql.Literal(size * ranges),
        )
        found: list[Range] = []
        for last, rows in _last_result(conn.execute(statement, prepare=False)).fetchall():
            found.append(Range(after=found[-1].upto if found else after, upto=last, rows=rows))
        return found

    def parts(self, conn: psycopg.Connection, within: Range, many: int) -> list[Range]:
        """The range in about so many parts."""
        size = max(1, within.rows // many)
        found = self.ahead(conn, within.after, size=size, ranges=many, upto=within.upto)
        if not found or found[-1].upto != within.upto:
            after = found[-1].upto if found else within.after
            found.append(Range(after=after, upto=within.upto, rows=within.rows - sum(r.rows for r in found)))
        return found

    def write(self, conn: psycopg.Connection, within: Range, manner: Manner, *, patience: float = 0) -> int:
        """Set the values in the rows there that need it; how many were changed.

        ``patience``: seconds that it may take; 0: for ever.
        """
        tables = [self._table, *([self._into] if self.backfill.into is not None else [])]
        statement = sql.SQL(_WRITE).format(
            patience=sql.Literal(PATIENCE_MS),
            most=sql.Literal(round(patience * 1000)),
            tables=sql.SQL(", ").join(tables),
            wait=self._waited_for(within) if manner is Manner.WAITING else sql.SQL(""),
            holding=sql.Literal(PLAIN_MS if manner is Manner.PLAIN else HOLDING_MS),
            statement=self._plainly(within) if manner is Manner.PLAIN else self._locked_first(within, manner),
        )
        return _last_result(conn.execute(statement, prepare=False)).rowcount

    @property
    def plain_is_possible(self) -> bool:
        """Rows of another table are locked together with these."""
        return self.backfill.into is None

    @property
    def _table(self) -> sql.Identifier:
        return sql.Identifier(self.backfill.table.schema, self.backfill.table.name)

    @property
    def _into(self) -> sql.Identifier:
        into = self.backfill.into
        assert into is not None
        return sql.Identifier(into.schema, into.name)

    @property
    def _qualified(self) -> list[sql.Composed]:
        return [sql.SQL("{}.{}").format(self._table, column) for column in self._columns]

    @property
    def _columns(self) -> list[sql.Identifier]:
        return [sql.Identifier(name) for name, _ in self.key]

    @property
    def _marks(self) -> list[sql.Identifier]:
        """Names that no user's expression uses."""
        return [sql.Identifier(f"schemaguard_key_{number}") for number in range(len(self.key))]

    def _compared(self, how: str, mark: Mark | None) -> sql.Composable:
        if mark is None:
            return sql.SQL("true")
        return sql.SQL("({}) {} ({})").format(
            sql.SQL(", ").join(self._qualified),
            sql.SQL(how),
            sql.SQL(", ").join(
                sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(type_name))
                for value, (_, type_name) in zip(mark, self.key, strict=True)
            ),
        )

    def _in(self, within: Range) -> sql.Composable:
        return sql.SQL("{} AND {}").format(
            self._compared(">", within.after), self._compared("<=", within.upto)
        )

    def _waited_for(self, within: Range) -> sql.Composable:
        """Lock the one row, while no other is held."""
        return sql.SQL("SELECT FROM {} WHERE {} FOR NO KEY UPDATE;").format(
            self._table, self._compared("=", within.upto)
        )

    def _plainly(self, within: Range) -> sql.Composable:
        return sql.SQL("UPDATE {} SET {} WHERE {} AND ({})").format(
            self._table, self._set(), self._in(within), sql.SQL(self.backfill.where)
        )

    def _locked_first(self, within: Range, manner: Manner) -> sql.Composable:
        backfill = self.backfill
        copies = [*backfill.values.values(), *backfill.match.values()] if backfill.into else []
        locked = [backfill.table.name, "there"] if backfill.match else [backfill.table.name]
        return sql.SQL(
            """
            WITH free AS MATERIALIZED (
                SELECT {keys}{copies} FROM {table}{beside} WHERE {within} AND ({where})
                FOR NO KEY UPDATE OF {locked} {skip}
            ) {write}
            """
        ).format(
            keys=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(column, mark)
                for column, mark in zip(self._qualified, self._marks, strict=True)
            ),
            copies=sql.SQL("").join(
                sql.SQL(", {} AS {}").format(sql.SQL(value), _copy(number))
                for number, value in enumerate(copies)
            ),
            table=self._table,
            beside=self._beside(),
            within=self._compared("=", within.upto) if manner is Manner.WAITING else self._in(within),
            where=sql.SQL(backfill.where),
            locked=sql.SQL(", ").join(sql.Identifier(name) for name in locked),
            skip=sql.SQL("" if manner is Manner.WAITING else "SKIP LOCKED"),
            write=self._written(),
        )

    def _beside(self) -> sql.Composable:
        """The rows of the other table that are written: locked, or passed over, together with these."""
        backfill = self.backfill
        if not backfill.match or backfill.into is None:
            return sql.SQL("")
        return sql.SQL(" JOIN {} AS there ON {}").format(
            self._into,
            _equal("there", {column: sql.SQL(value) for column, value in backfill.match.items()}),
        )

    def _written(self) -> sql.Composable:
        """What is done with the rows that are ``free``."""
        backfill = self.backfill
        names = [sql.Identifier(column) for column in backfill.values]
        if backfill.into is None:
            return sql.SQL("UPDATE {} SET {} FROM free WHERE {} AND ({})").format(
                self._table,
                self._set(),
                sql.SQL(" AND ").join(
                    sql.SQL("{} = free.{}").format(column, mark)
                    for column, mark in zip(self._qualified, self._marks, strict=True)
                ),
                sql.SQL(backfill.where),
            )
        if not backfill.match:
            return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM free ON CONFLICT DO NOTHING").format(
                self._into,
                sql.SQL(", ").join(names),
                sql.SQL(", ").join(_copy(number) for number in range(len(names))),
            )
        return sql.SQL("UPDATE {} AS there SET {} FROM free WHERE {}").format(
            self._into,
            sql.SQL(", ").join(
                sql.SQL("{} = free.{}").format(name, _copy(number)) for number, name in enumerate(names)
            ),
            _equal(
                "there",
                {
                    column: sql.SQL("free.{}").format(_copy(number))
                    for number, column in enumerate(backfill.match, len(names))
                },
            ),
        )

    def _set(self) -> sql.Composable:
        return sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(column), sql.SQL(value))
            for column, value in self.backfill.values.items()
        )


def _equal(table: str, values: dict[str, sql.Composable]) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("{}.{} = {}").format(sql.Identifier(table), sql.Identifier(column), value)
        for column, value in values.items()
    )


def _copy(number: int) -> sql.Identifier:
    """The value of the row that was locked, which is its last."""
    return sql.Identifier(f"schemaguard_value_{number}")


def _last_result(cursor: psycopg.Cursor) -> psycopg.Cursor:
    while cursor.nextset():
        pass
    return cursor
