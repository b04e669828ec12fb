"""Whether the connection is one session from its begin to its end, as a runner's lock needs it to be."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
from psycopg import errors

from schemaguard.postgres.connect import another
from schemaguard.postgres.preflight.finding import Asked, Finding, Severity

#: Seconds before each try: a pool may take its sessions in turn, or a moment to take one back.
PAUSES = (0.0, 0.01, 0.05)
PID = "SELECT pg_backend_pid()"


def pooler(asked: Asked) -> Iterator[Finding]:
    """The connection is a session of its own.

    Refused behind a pooler in transaction mode, which hands each transaction to another session: the
    runner's lock would stay in one and its settings in another. It is found by a second connection, which
    is handed the session in which the first one's last transaction was. A pooler in session mode is as good
    as none.
    """
    yield from of_connection(asked.conn)


def of_connection(conn: psycopg.Connection) -> Iterator[Finding]:
    """The same of a connection over which no phase is run."""
    with ExitStack() as stack:
        try:
            other = stack.enter_context(another(conn))
        except psycopg.OperationalError:
            yield Finding(
                severity=Severity.NOTE,
                sentence="whether there is a pooler in transaction mode is not known:"
                " there was no second connection to find it with",
            )
            return
        shared = any(_share(conn, other, pause) for pause in PAUSES)
    if shared:
        yield Finding(
            severity=Severity.REFUSE,
            sentence="between this connection and the server is a pooler in transaction mode:"
            " transactions go from session to session",
            advice="Give the server's own host and port, or a pool in session mode: the lock that keeps a"
            " second runner away, and the time-outs, are the session's.",
        )


def _share(conn: psycopg.Connection, other: psycopg.Connection, pause: float) -> bool:
    """Whether both were in one session, or ours is in another one now."""
    before = _pid(conn)
    time.sleep(pause)
    try:
        with other.transaction():
            return _pid(other) == before or _pid(conn) != before
    except errors.ProtocolViolation:
        # A pool that hands out even statements has no transactions.
        return True


def _pid(conn: psycopg.Connection) -> int:
    row = conn.execute(PID).fetchone()
    assert row is not None
    return int(row[0])
