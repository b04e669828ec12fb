"""Moving data in small batches along the primary key, each its own transaction, resumable.

A batch never waits for a row while it holds another, so it is in no deadlock with the
application: rows that somebody has locked are passed over, and in the end waited for
one by one.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psycopg
from psycopg import errors, sql

from schemaguard.errors import DatabaseError
from schemaguard.names import Relation
from schemaguard.recipe import Backfill, Step

#: Seconds that a batch should take: a writer may wait for a row that a batch holds for so long.
TARGET = 0.1
#: The share of the time in which batches run.
WORKING = 0.75
FIRST_BATCH, SMALLEST, LARGEST = 500, 50, 20_000
#: How often a batch is tried that the application's locks keep from its end.
TRIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """How the table is gone through once."""

    #: Look only at rows that still need the values, instead of at every row in its turn.
    needing: bool
    #: Wait for rows that others have locked, one row a batch, instead of passing them over.
    waiting: bool


#: After these we say that the rows do not become right.
PASSES = (
    _Pass(needing=False, waiting=False),
    _Pass(needing=True, waiting=False),
    *[_Pass(needing=True, waiting=True)] * 3,
)


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a backfill is."""

    table: Relation
    #: The server's estimate of the table's rows; -1: unknown.
    estimate: int
    seen: int = 0
    changed: int = 0
    batch: int = FIRST_BATCH
    rate: float = 0.0


def run(
    conn: psycopg.Connection, release: str, step: Step, on_progress: Callable[[Progress], None]
) -> Progress:
    """Set the values in every row that needs it. Goes on where an earlier run stopped.

    DatabaseError where the table has no primary key, or the rows never become right.
    """
    backfill = step.backfill
    assert backfill is not None
    key = primary_key(conn, backfill.table)
    into = [] if backfill.into is None else [backfill.into.text]
    expression = json.dumps([dict(backfill.values), backfill.where, *into], sort_keys=True)
    progress, mark = _resume(conn, release, step, expression, backfill.table)
    for one in PASSES:
        _one_pass(conn, release, step, key, mark, progress, on_progress, one)
        if not _left(conn, backfill):
            return progress
        mark = None
    raise DatabaseError(
        f"{backfill.table.text}: after {len(PASSES)} passes there are still rows where {backfill.where}",
        advice="Look at such a row: its new value is not what the expression gives.",
    )


def primary_key(conn: psycopg.Connection, table: Relation) -> tuple[tuple[str, str], ...]:
    """The columns of the table's primary key with their types, in order."""
    rows = conn.execute(
        """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod)
        FROM pg_index AS i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indrelid = to_regclass(%s) AND i.indisprimary
        ORDER BY k.place
        """,
        (str(table),),
    ).fetchall()
    if not rows:
        raise DatabaseError(
            f"{table.text} has no primary key, along which its rows could be moved",
            advice="Add one first: a unique index built concurrently, then PRIMARY KEY USING INDEX.",
        )
    return tuple((name, type_name) for name, type_name in rows)


def _resume(
    conn: psycopg.Connection, release: str, step: Step, expression: str, table: Relation
) -> tuple[Progress, list[str] | None]:
    estimate = conn.execute(
        "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", (str(table),)
    ).fetchone()
    progress = Progress(table=table, estimate=estimate[0] if estimate else -1)
    row = conn.execute(
        """
        SELECT expression, mark, seen, changed, batch FROM schemaguard.backfill
        WHERE release = %s AND step = %s
        """,
        (release, step.id),
    ).fetchone()
    if row is None or row[0] != expression:
        conn.execute(
            """
            INSERT INTO schemaguard.backfill (release, step, expression, batch) VALUES (%s, %s, %s, %s)
            ON CONFLICT (release, step) DO UPDATE
            SET expression = excluded.expression, mark = NULL, seen = 0, changed = 0, batch = excluded.batch
            """,
            (release, step.id, expression, FIRST_BATCH),
        )
        return progress, None
    progress.seen, progress.changed, progress.batch = row[2], row[3], row[4]
    return progress, row[1]


def _one_pass(
    conn: psycopg.Connection,
    release: str,
    step: Step,
    key: tuple[tuple[str, str], ...],
    mark: list[str] | None,
    progress: Progress,
    on_progress: Callable[[Progress], None],
    one: _Pass,
) -> None:
    while True:
        begun = time.monotonic()
        seen, mark = _patiently(partial(_committed, conn, release, step, key, mark, progress, one))
        took = time.monotonic() - begun
        progress.rate = seen / took if took else 0.0
        on_progress(progress)
        if mark is None:
            return
        # A batch is as long as a writer may have to wait for one of its rows.
        wanted = progress.batch * max(0.5, min(2.0, TARGET / max(took, 0.001)))
        progress.batch = round(max(SMALLEST, min(LARGEST, wanted)))
        time.sleep(took * (1 / WORKING - 1))


def _patiently(batch: Callable[[], tuple[int, list[str] | None]]) -> tuple[int, list[str] | None]:
    """The batch; once more where the application's locks were in its way, for nothing of it remains."""
    for _ in range(TRIES - 1):
        try:
            return batch()
        except (errors.DeadlockDetected, errors.LockNotAvailable, errors.SerializationFailure):
            time.sleep(random.uniform(0.05, 0.5))  # noqa: S311 (jitter, not a secret)
    return batch()


def _committed(
    conn: psycopg.Connection,
    release: str,
    step: Step,
    key: tuple[tuple[str, str], ...],
    mark: list[str] | None,
    progress: Progress,
    one: _Pass,
) -> tuple[int, list[str] | None]:
    """A batch and its mark in one transaction: rows seen, and the key of the last; None: no more."""
    assert step.backfill is not None
    with conn.transaction():
        conn.execute("SET LOCAL lock_timeout = '5s'")
        size = 1 if one.waiting else progress.batch
        seen, changed, mark = _batch(conn, step.backfill, key, mark, size, one)
        conn.execute(
            """
            UPDATE schemaguard.backfill
            SET mark = %s, seen = %s, changed = %s, batch = %s, updated_at = clock_timestamp()
            WHERE release = %s AND step = %s
            """,
            (
                *(json.dumps(mark), progress.seen + seen, progress.changed + changed, progress.batch),
                *(release, step.id),
            ),
        )
    progress.seen += seen
    progress.changed += changed
    return seen, mark


def _batch(
    conn: psycopg.Connection,
    backfill: Backfill,
    key: tuple[tuple[str, str], ...],
    mark: list[str] | None,
    size: int,
    one: _Pass,
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
    statement = sql.SQL(
        """
        WITH batch AS MATERIALIZED (
            SELECT {keys} FROM {table} WHERE {after} AND ({needing}) ORDER BY {columns} LIMIT {size}
        ), free AS MATERIALIZED (
            SELECT batch.*{copied} FROM {table} JOIN batch ON {same} WHERE ({where})
            FOR NO KEY UPDATE OF {alias} {skip}
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
            for number, value in enumerate(backfill.values.values() if backfill.into else ())
        ),
        write=_write(backfill, _same(table, columns, "free", marks)),
        same=_same(table, columns, "batch", marks),
        alias=sql.Identifier(backfill.table.name),
        needing=sql.SQL(backfill.where if one.needing else "true"),
        skip=sql.SQL("" if one.waiting else "SKIP LOCKED"),
        where=sql.SQL(backfill.where),
        texts=sql.SQL(", ").join(sql.SQL("{}::text").format(m) for m in marks),
        descending=sql.SQL(", ").join(sql.SQL("{} DESC").format(m) for m in marks),
    )
    row = conn.execute(statement).fetchone()
    assert row is not None
    return row[0], row[1], row[2] if row[0] == size else None


def _write(backfill: Backfill, same: sql.Composable) -> sql.Composable:
    """What is done with the rows that are ``free``."""
    names = [sql.Identifier(column) for column in backfill.values]
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


def _left(conn: psycopg.Connection, backfill: Backfill) -> bool:
    row = conn.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(
            sql.Identifier(backfill.table.schema, backfill.table.name),
            sql.SQL(backfill.where),
        )
    ).fetchone()
    return bool(row and row[0])
