"""What is done under locks that stop others: in one short transaction, all of it or nothing."""

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import psycopg
from psycopg import errors

from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.postgres.locks import Patience, begin_with_locks, in_time

#: Milliseconds that a statement may run once the locks are held, and wait for a lock that was not foreseen.
STATEMENT_MS, LOCK_MS = 2_000, 50
#: Seconds for which a batch of a backfill is tried that the application's locks keep from its end.
TRYING = 60.0

T = TypeVar("T")


def in_one_transaction(
    conn: psycopg.Connection,
    locks: Sequence[tuple[Relation, LockMode]],
    waiting: Patience,
    work: Callable[[], None],
    *,
    blocking: bool = True,
) -> None:
    """``work`` under the locks; once more, before the deadline, where it does not get another one.

    ``blocking``: others stand still meanwhile, so that it is over at once or not at all.
    """
    in_time(partial(_attempt, conn, locks, waiting, work, blocking=blocking), waiting)


def _attempt(
    conn: psycopg.Connection,
    locks: Sequence[tuple[Relation, LockMode]],
    waiting: Patience,
    work: Callable[[], None],
    *,
    blocking: bool,
) -> None:
    try:
        begin_with_locks(conn, locks, waiting)
        limit(conn, lock_ms=LOCK_MS * blocking, statement_ms=STATEMENT_MS * blocking, local=True)
        work()
        conn.execute("COMMIT")
    except BaseException:
        if not conn.closed:
            conn.rollback()
        raise


def limit(conn: psycopg.Connection, *, lock_ms: int, statement_ms: int, local: bool = False) -> None:
    """Set both time-outs, for the session or the transaction; 0: there is none."""
    for name, value in (("lock_timeout", lock_ms), ("statement_timeout", statement_ms)):
        conn.execute("SELECT set_config(%s, %s, %s)", (name, f"{value}ms", local))


def patiently(batch: Callable[[], T], meanwhile: Callable[[], None]) -> T:
    """The batch; once more where the application's locks were in its way, for nothing of it remains."""
    deadline = time.monotonic() + TRYING
    while True:
        try:
            return batch()
        except (errors.DeadlockDetected, errors.LockNotAvailable, errors.SerializationFailure):
            if time.monotonic() > deadline:
                raise
        meanwhile()
        time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 (jitter, not a secret)
