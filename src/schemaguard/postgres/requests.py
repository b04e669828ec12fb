"""What the one runner is asked to do from another session: to pause, or to stop."""

import time
from collections.abc import Callable

import psycopg

from schemaguard.dataclass import dataclass
from schemaguard.errors import Refused
from schemaguard.postgres import journal

#: Seconds between two looks while paused.
LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Request:
    """``wish`` is pause or abort; ``by`` the role that asked, ``at`` when, in the server's time."""

    wish: str
    by: str
    at: str


def pending(conn: psycopg.Connection) -> Request | None:
    """What the runner is asked to do, if anything."""
    row = conn.execute("SELECT wish, by, at::timestamptz(0)::text FROM schemaguard.request").fetchone()
    return Request(*row) if row else None


def make(conn: psycopg.Connection, wish: str) -> None:
    """Ask the runner; what was asked before no longer counts."""
    conn.execute(
        """
        INSERT INTO schemaguard.request (wish) VALUES (%s)
        ON CONFLICT (single) DO UPDATE SET wish = excluded.wish, by = session_user, at = clock_timestamp()
        """,
        (wish,),
    )


def withdraw(conn: psycopg.Connection) -> Request | None:
    """Ask nothing any more; what was asked until now."""
    row = conn.execute(
        "DELETE FROM schemaguard.request RETURNING wish, by, at::timestamptz(0)::text"
    ).fetchone()
    return Request(*row) if row else None


def obey(conn: psycopg.Connection, release: str, say: Callable[[str, str], None]) -> float:
    """Wait as long as a pause lasts; the seconds that it took. Refused where the run is to stop.

    Outside any transaction. ``say`` hears ``paused`` or ``resumed`` with the reason.
    """
    begun = time.monotonic()
    request = pending(conn)
    if request is None:
        return 0.0
    if request.wish == "pause":
        _note(conn, release, say, "paused", f"by {request.by} at {request.at}; `schemaguard resume` goes on")
        while request is not None and request.wish == "pause":
            time.sleep(LOOK)
            request = pending(conn)
    if request is not None:
        withdraw(conn)
        message = f"by {request.by} at {request.at}"
        journal.note(conn, "aborted", release=release, message=message)
        raise Refused(
            f"{release} was stopped {message}",
            advice="Nothing is left half-done. The same command goes on; `schemaguard undo` takes it back.",
        )
    _note(conn, release, say, "resumed", f"after {time.monotonic() - begun:.0f} s")
    return time.monotonic() - begun


def _note(
    conn: psycopg.Connection, release: str, say: Callable[[str, str], None], kind: str, message: str
) -> None:
    journal.note(conn, kind, release=release, message=message)
    say(kind, message)
