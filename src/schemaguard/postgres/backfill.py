"""Moving data in small batches along a key, or by place, each its own transaction, resumable.

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
from schemaguard.postgres.batch import Pass, one_batch
from schemaguard.postgres.by_place import one_batch_by_place
from schemaguard.postgres.row_keys import row_key
from schemaguard.recipe import Backfill, Step

#: Seconds that a batch should take: a writer may wait for a row that a batch holds for so long.
TARGET = 0.1
#: The share of the time in which batches run.
WORKING = 0.75
FIRST_BATCH, SMALLEST, LARGEST = 500, 50, 20_000
#: Of a table that is not yet large, each batch would be joined by reading all of it.
ALONG_THE_KEY = (
    "SET LOCAL lock_timeout = '5s'; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
    " SET LOCAL enable_seqscan = off"
)
#: How often a batch is tried that the application's locks keep from its end.
TRIES = 10

#: Writes the next rows behind a mark, so many of them: rows seen, rows changed, and the next mark.
Batch = Callable[[list[str] | None, int, Pass], tuple[int, int, list[str] | None]]

_WHOLE = (Pass(needing=False, waiting=False), Pass(needing=True, waiting=False))
#: After these we say that the rows do not become right.
PASSES = (*_WHOLE, *[Pass(needing=True, waiting=True)] * 3)
#: After these the rows that are left have come meanwhile.
ONCE = (*_WHOLE, Pass(needing=True, waiting=True, most=100))


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

    DatabaseError where rows that make others have no key, or the rows never become right.
    """
    backfill = step.backfill
    assert backfill is not None
    key = row_key(conn, backfill.table)
    if not key and backfill.into is not None:
        raise DatabaseError(
            f"{backfill.table.text} has no key, along which its rows could be gone through",
            advice="Add one first: a unique index built concurrently, then PRIMARY KEY USING INDEX.",
        )
    batch = partial(one_batch, conn, backfill, key) if key else partial(one_batch_by_place, conn, backfill)
    into = [] if backfill.into is None else [backfill.into.text, dict(backfill.match)]
    along = [name for name, _ in key] or ["by place"]
    expression = json.dumps([dict(backfill.values), backfill.where, *into, along], sort_keys=True)
    progress, mark = _resume(conn, release, step, expression, backfill.table)
    for one in ONCE if backfill.once else PASSES:
        _one_pass(conn, release, step, batch, mark, progress, on_progress, one)
        if not _left(conn, backfill):
            return progress
        mark = None
    if backfill.once:
        return progress
    raise DatabaseError(
        f"{backfill.table.text}: after {len(PASSES)} passes there are still rows where {backfill.where}",
        advice="Look at such a row: its new value is not what the expression gives.",
    )


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
    batch: Batch,
    mark: list[str] | None,
    progress: Progress,
    on_progress: Callable[[Progress], None],
    one: Pass,
) -> None:
    for _ in range(one.most):
        begun = time.monotonic()
        seen, mark = _patiently(partial(_committed, conn, release, step, batch, mark, progress, one))
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
    batch: Batch,
    mark: list[str] | None,
    progress: Progress,
    one: Pass,
) -> tuple[int, list[str] | None]:
    """A batch and its mark in one transaction: rows seen, and the key of the last; None: no more."""
    with conn.transaction():
        conn.execute(ALONG_THE_KEY)
        size = 1 if one.waiting else progress.batch
        seen, changed, mark = batch(mark, size, one)
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


def _left(conn: psycopg.Connection, backfill: Backfill) -> bool:
    row = conn.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(
            sql.Identifier(backfill.table.schema, backfill.table.name),
            sql.SQL(backfill.where),
        )
    ).fetchone()
    return bool(row and row[0])
