"""The schema that a step leaves behind which was cancelled: an index that is built and not valid."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import sql

from schemaguard.postgres.connect import connect

#: Seconds in which the statement must have come so far that there is something to be left behind.
PATIENCE = 10.0

INVALID = """
SELECT n.nspname, c.relname, i.indisready FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i'
"""


@contextmanager
def cancelled(dsn: str, statement: str) -> Iterator[str]:
    """The statement, which builds an index concurrently, is cancelled in its last wait.

    What it leaves is dropped in the end. Yields why there is no such state; "": there is.
    """
    with connect(dsn) as old, connect(dsn) as watch, connect(dsn) as builder:
        before = {row[:2] for row in watch.execute(INVALID)}
        # The last thing that the statement waits for is a snapshot that is older than its own.
        old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT 1")
        refused: list[psycopg.Error] = []
        thread = threading.Thread(target=_run, args=(builder, statement, refused))
        thread.start()
        ends = time.monotonic() + PATIENCE
        while thread.is_alive() and time.monotonic() < ends and not _ready(watch, before):
            time.sleep(0.005)
        builder.cancel_safe()
        thread.join()
        old.execute("ROLLBACK")
        left = [row[:2] for row in watch.execute(INVALID) if row[:2] not in before]
        try:
            yield "" if left else f"nothing was left behind: {refused[0] if refused else 'it was done'}"
        finally:
            for name in left:
                with suppress(psycopg.Error):
                    watch.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(*name)))


def _run(conn: psycopg.Connection, statement: str, refused: list[psycopg.Error]) -> None:
    try:
        conn.execute(statement.encode())
    except psycopg.Error as error:
        refused.append(error)


def _ready(conn: psycopg.Connection, before: set[tuple[str, str]]) -> bool:
    return any(ready for *name, ready in conn.execute(INVALID) if tuple(name) not in before)
