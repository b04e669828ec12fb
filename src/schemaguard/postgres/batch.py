"""One batch of a backfill, as one statement: the next rows along the key, and what is written."""

import sys
from dataclasses import dataclass

import psycopg
from psycopg import sql

from schemaguard.recipe import Backfill


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """How the table is gone through once."""

    #: Look only at rows that still need the values, instead of at every row in its turn.
    needing: bool
    #: Wait for rows that others have locked, one row a batch, instead of passing them over.
    waiting: bool
    #: After so many batches it ends.
    most: int = sys.maxsize


def one_batch(
    conn: psycopg.Connection,
    backfill: Backfill,
    key: tuple[tuple[str, str], ...],
    mark: list[str] | None,
    size: int,
    one: Pass,
) -> tuple[int, int, list[str] | None]:
    """Rows seen, rows changed, and the key of the last one seen; None: there are no more."""
    table = sql.Identifier(backfill.table.schema, backfill.table.name)
    # The batch's columns have names that no user's expression uses.
    marks = [sql.Identifier(f"schemaguard_key_{number}") for number in range(len(key))]
    columns = [sql.Identifier(name) for name, _ in key]
    after: sql.Composable = sql.SQL("true")
    if mark is not None:
        after = sql.SQL("({}) > ({})").format(
            sql.SQL(", ").join(columns),
            sql.SQL(", ").join(
                sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(type_name))
                for value, (_, type_name) in zip(mark, key, strict=True)
            ),
        )
    locked = [backfill.table.name]
    beside: sql.Composable = sql.SQL("")
    if backfill.match:
        # The other rows are locked, or passed over, together with these.
        locked.append("there")
        beside = _beside(backfill)
    statement = sql.SQL(
        """
        WITH batch AS MATERIALIZED (
            SELECT {keys} FROM {table} WHERE {after} AND ({needing}) ORDER BY {columns} LIMIT {size}
        ), free AS MATERIALIZED (
            SELECT batch.*{copied} FROM {table} JOIN batch ON {same}{beside} WHERE ({where})
            FOR NO KEY UPDATE OF {locked} {skip}
        ), moved AS ({write} RETURNING 1)
        SELECT (SELECT count(*) FROM batch), (SELECT count(*) FROM moved),
               (SELECT array[{texts}] FROM batch ORDER BY {descending} LIMIT 1)
        """
    ).format(
        keys=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(column, m) for column, m in zip(columns, marks, strict=True)
        ),
        table=table,
        after=after,
        columns=sql.SQL(", ").join(columns),
        size=sql.Literal(size),
        copied=sql.SQL("").join(
            sql.SQL(", {} AS {}").format(sql.SQL(value), _copy(number))
            for number, value in enumerate(
                [*backfill.values.values(), *backfill.match.values()] if backfill.into else ()
            )
        ),
        write=_write(backfill, _same(table, columns, "free", marks)),
        same=_same(table, columns, "batch", marks),
        beside=beside,
        locked=sql.SQL(", ").join(sql.Identifier(name) for name in locked),
        needing=sql.SQL(backfill.where if one.needing else "true"),
        skip=sql.SQL("" if one.waiting else "SKIP LOCKED"),
        where=sql.SQL(backfill.where),
        texts=sql.SQL(", ").join(sql.SQL("{}::text").format(m) for m in marks),
        descending=sql.SQL(", ").join(sql.SQL("{} DESC").format(m) for m in marks),
    )
    row = conn.execute(statement).fetchone()
    assert row is not None
    return row[0], row[1], row[2] if row[0] == size else None


def _beside(backfill: Backfill) -> sql.Composed:
    """The rows of the other table that are written."""
    assert backfill.into is not None
    return sql.SQL(" JOIN {} AS there ON {}").format(
        sql.Identifier(backfill.into.schema, backfill.into.name),
        sql.SQL(" AND ").join(
            sql.SQL("there.{} = {}").format(sql.Identifier(column), sql.SQL(value))
            for column, value in backfill.match.items()
        ),
    )


def _write(backfill: Backfill, same: sql.Composable) -> sql.Composable:
    """What is done with the rows that are ``free``."""
    names = [sql.Identifier(column) for column in backfill.values]
    if backfill.match and backfill.into is not None:
        return sql.SQL("UPDATE {} AS there SET {} FROM free WHERE {}").format(
            sql.Identifier(backfill.into.schema, backfill.into.name),
            sql.SQL(", ").join(
                sql.SQL("{} = free.{}").format(name, _copy(number)) for number, name in enumerate(names)
            ),
            sql.SQL(" AND ").join(
                sql.SQL("there.{} = free.{}").format(sql.Identifier(column), _copy(number))
                for number, column in enumerate(backfill.match, len(names))
            ),
        )
    if backfill.into is not None:
        return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM free ON CONFLICT DO NOTHING").format(
            sql.Identifier(backfill.into.schema, backfill.into.name),
            sql.SQL(", ").join(names),
            sql.SQL(", ").join(_copy(number) for number in range(len(names))),
        )
    return sql.SQL("UPDATE {} SET {} FROM free WHERE {} AND ({})").format(
        sql.Identifier(backfill.table.schema, backfill.table.name),
        sql.SQL(", ").join(
            sql.SQL("{} = {}").format(name, sql.SQL(value))
            for name, value in zip(names, backfill.values.values(), strict=True)
        ),
        same,
        sql.SQL(backfill.where),
    )


def _copy(number: int) -> sql.Identifier:
    """The value of the row that was locked, which is its last."""
    return sql.Identifier(f"schemaguard_value_{number}")


def _same(
    table: sql.Identifier, columns: list[sql.Identifier], other: str, marks: list[sql.Identifier]
) -> sql.Composed:
    return sql.SQL(" AND ").join(
        sql.SQL("{}.{} = {}.{}").format(table, column, sql.Identifier(other), mark)
        for column, mark in zip(columns, marks, strict=True)
    )
