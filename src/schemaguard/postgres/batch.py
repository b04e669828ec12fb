"""What a backfill writes in one range of the key, as one exchange with the server."""

from enum import Enum

import psycopg
from psycopg import sql

from schemaguard.dataclass import dataclass
from schemaguard.postgres.ranges import PATIENCE_MS, SETTINGS, Keyed, Range, last_result

#: Milliseconds for which one may wait that holds rows: somebody whom it waits for may come to wait for it.
HOLDING_MS, PLAIN_MS = 100, 10

# All of a transaction is one exchange, so that no row is held while an answer is on its way. Where the server
# crashes it may be lost, and with it all that came after it, the mark as well: it is done again.
_WRITE = (
    SETTINGS
    + """
SET LOCAL synchronous_commit = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
LOCK TABLE {tables} IN ROW EXCLUSIVE MODE; {wait} SET LOCAL lock_timeout = {holding};
{statement}
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


@dataclass(frozen=True, slots=True)
class Rows(Keyed):
    """The rows of a backfill, told apart by a key, as they are written."""

    def write(self, conn: psycopg.Connection, within: Range, manner: Manner, *, patience: float = 0) -> int:
        """Set the values in the rows there that need it; how many were changed.

        ``patience``: seconds that it may take; 0: for ever.
        """
        tables = [self.table, *([self._into] if self.backfill.into is not None else [])]
        statement = sql.SQL(_WRITE).format(
            patience=sql.Literal(PATIENCE_MS),
            most=sql.Literal(round(patience * 1000)),
            tables=sql.SQL(", ").join(tables),
            wait=self._waited_for(within) if manner is Manner.WAITING else sql.SQL(""),
            holding=sql.Literal(PLAIN_MS if manner is Manner.PLAIN else HOLDING_MS),
            statement=self._plainly(within) if manner is Manner.PLAIN else self._locked_first(within, manner),
        )
        return last_result(conn.execute(statement, prepare=False)).rowcount

    @property
    def plain_is_possible(self) -> bool:
        """Rows of another table are locked together with these."""
        return self.backfill.into is None

    @property
    def _into(self) -> sql.Identifier:
        into = self.backfill.into
        assert into is not None
        return sql.Identifier(into.schema, into.name)

    def _waited_for(self, within: Range) -> sql.Composable:
        """Lock the one row, while no other is held."""
        return sql.SQL("SELECT FROM {} WHERE {} FOR NO KEY UPDATE;").format(
            self.table, self.compared("=", within.upto)
        )

    def _plainly(self, within: Range) -> sql.Composable:
        return sql.SQL("UPDATE {} SET {} WHERE {} AND ({})").format(
            self.table, self._set(), self.within(within), sql.SQL(self.backfill.where)
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
                for column, mark in zip(self.qualified, self.marks, strict=True)
            ),
            copies=sql.SQL("").join(
                sql.SQL(", {} AS {}").format(sql.SQL(value), _copy(number))
                for number, value in enumerate(copies)
            ),
            table=self.table,
            beside=self._beside(),
            within=self.compared("=", within.upto) if manner is Manner.WAITING else self.within(within),
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
                self.table,
                self._set(),
                sql.SQL(" AND ").join(
                    sql.SQL("{} = free.{}").format(column, mark)
                    for column, mark in zip(self.qualified, self.marks, strict=True)
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
