"""The turn of the one runner on a database: what comes before it, and what is left after it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from schemaguard.postgres import requests
from schemaguard.postgres.connect import database_errors, settled
from schemaguard.postgres.locks import be_the_only_runner
from schemaguard.postgres.preconditions import be_able_to_write, be_unhurried


@contextmanager
def turn(conn: psycopg.Connection, doing: str, look: Callable[[], None]) -> Iterator[None]:
    """Be the only runner. Refused where another one is, or ``look`` says that nothing is to be done."""
    with database_errors(doing):
        be_able_to_write(conn)
        be_unhurried(conn)
        # Before the lock: behind a pooler it would stay in a session that is no longer ours.
        look()
        be_the_only_runner(conn)
    try:
        yield
    finally:
        # A lost connection has let go by itself.
        if settled(conn):
            with suppress(psycopg.OperationalError):
                conn.execute("SELECT pg_advisory_unlock_all()")


def forget_abort(conn: psycopg.Connection) -> None:
    """Who asked to stop asked a run that has ended before it could hear."""
    asked = requests.pending(conn)
    if asked is not None and asked.wish == "abort":
        requests.withdraw(conn)
