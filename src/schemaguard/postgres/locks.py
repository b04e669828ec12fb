"""Taking locks without ever making others wait, and naming those who stand in the way.

Policy, measured in a race of policies against long and short holders: poll with
NOWAIT and jitter, so that nobody queues behind us; only as the deadline nears,
queue for a few milliseconds.
"""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import psycopg
from psycopg import errors, sql

from schemaguard.dataclass import dataclass
from schemaguard.errors import DatabaseError, Refused
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.postgres.connect import APPLICATION_NAME

#: The advisory lock that the one runner of a database holds.
RUNNER_LOCK = 7_306_089_342_143_116_801

#: Seconds between two tries, before jitter.
PAUSE = 0.05
#: Seconds in which the session of a runner that was killed goes.
LEAVING = 3.0
#: The part of the time before the deadline in which we queue, and for how long (milliseconds).
LAST_PART, QUEUE_MS = 0.25, 30

# An autovacuum gives way to who has waited for deadlock_timeout, and to no poll. Its lock is of the mode that
# stops neither reads nor writes, and so is the one that is waited for here: nobody queues behind it.
PATIENT_WITH_VACUUM = """
SELECT set_config('lock_timeout', setting::int + 500 || 'ms', true)
FROM pg_settings WHERE name = 'deadlock_timeout'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A session that holds or awaits a lock which excludes ours."""

    pid: int
    application_name: str
    #: Seconds that its transaction is old.
    age: float
    query: str

    def __str__(self) -> str:
        named = self.application_name or "(no application_name)"
        return f"pid {self.pid}, {named}, transaction of {self.age:.1f} s, last: {self.query[:60]}"


@dataclass(frozen=True, slots=True)
class Runner:
    """The session of the one runner: its pid, role, address and when it began."""

    pid: int
    user: str
    address: str
    since: str

    def __str__(self) -> str:
        return f"pid {self.pid}, user {self.user}, from {self.address}, since {self.since}"


@dataclass(slots=True)
class Patience:
    """How often and how long locks were tried for."""

    deadline: float
    begun: float
    tries: int = 0
    on_wait: Callable[[Relation, tuple[Blocker, ...]], None] | None = None
    #: May pause the tries, or end them by an error; the seconds of the pause.
    obey: Callable[[], float] = float

    @property
    def waited_ms(self) -> int:
        """Milliseconds since the first try."""
        return round((time.monotonic() - self.begun) * 1000)


def patience(
    seconds: float,
    on_wait: Callable[[Relation, tuple[Blocker, ...]], None] | None,
    obey: Callable[[], float] = float,
) -> Patience:
    """Tries from now on for so many seconds; ``on_wait`` hears once a second who stands in the way."""
    now = time.monotonic()
    return Patience(now + seconds, now, on_wait=on_wait, obey=obey)


def begin_with_locks(
    conn: psycopg.Connection, locks: Sequence[tuple[Relation, LockMode]], patient: Patience
) -> None:
    """Open a transaction that holds the locks. DatabaseError at the deadline, with the blockers' names.

    Tables that do not exist yet are passed over: the step makes them.
    """
    said = patient.begun
    while True:
        patient.tries += 1
        refused = _try(conn, locks, patient)
        if refused is None:
            return
        now = time.monotonic()
        if now - said >= 1 or now >= patient.deadline:
            standing = blockers(conn, *refused)
            if patient.on_wait is not None:
                patient.on_wait(refused[0], standing)
            paused = patient.obey()
            patient.deadline += paused
            now += paused
            said = now
            if now >= patient.deadline:
                who = "; ".join(map(str, standing)) or "nobody now: a holder that came and went"
                raise DatabaseError(
                    f"no {refused[1].value} lock on {refused[0].text} within {patient.waited_ms / 1000:.1f} s"
                    f" and {patient.tries} tries; in the way: {who}",
                    advice="Wait for these sessions or end them, then run the same command again.",
                )
        time.sleep(PAUSE * random.uniform(0.5, 1.5))  # noqa: S311 (jitter, not a secret)


def in_time(attempt: Callable[[], None], patient: Patience) -> None:
    """The attempt; again, before the deadline, where it did not get a lock and left nothing behind."""
    while True:
        try:
            return attempt()
        except errors.LockNotAvailable:
            patient.deadline += patient.obey()
            if time.monotonic() >= patient.deadline:
                raise
            time.sleep(PAUSE * random.uniform(0.5, 1.5))  # noqa: S311 (jitter, not a secret)


def _try(
    conn: psycopg.Connection, locks: Sequence[tuple[Relation, LockMode]], patient: Patience
) -> tuple[Relation, LockMode] | None:
    """None with the transaction open, or the lock that was refused with none open."""
    now, whole = time.monotonic(), patient.deadline - patient.begun
    queue = now > patient.deadline - whole * LAST_PART
    conn.execute("BEGIN")
    if now > patient.begun + 1:
        conn.execute(PATIENT_WITH_VACUUM)
        for table, mode in locks:
            if mode.conflicts(LockMode.SHARE_UPDATE_EXCLUSIVE) and not _lock(
                conn, table, LockMode.SHARE_UPDATE_EXCLUSIVE, queue=True
            ):
                return table, mode
    conn.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(sql.Literal(f"{QUEUE_MS}ms")))
    return next((one for one in locks if not _lock(conn, *one, queue=queue)), None)


def _lock(conn: psycopg.Connection, table: Relation, mode: LockMode, *, queue: bool) -> bool:
    """False: it was refused, and the transaction is over."""
    row = conn.execute("SELECT to_regclass(%s)", (str(table),)).fetchone()
    if row is None or row[0] is None:
        return True
    name, wait = sql.Identifier(table.schema, table.name), sql.SQL("" if queue else "NOWAIT")
    try:
        conn.execute(sql.SQL("LOCK TABLE {} IN {} MODE {}").format(name, sql.SQL(mode.value), wait))
    except errors.LockNotAvailable:
        conn.execute("ROLLBACK")
        return False
    return True


def blockers(conn: psycopg.Connection, table: Relation, mode: LockMode) -> tuple[Blocker, ...]:
    """The sessions whose granted locks on the table exclude ``mode``."""
    modes = [other.pg_locks_name for other in LockMode if other.conflicts(mode)]
    rows = conn.execute(
        """
        SELECT DISTINCT a.pid, a.application_name,
               coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0), coalesce(a.query, '')
        FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
        WHERE l.locktype = 'relation' AND l.relation = to_regclass(%s) AND l.granted
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND l.mode = ANY (%s) AND l.pid <> pg_backend_pid()
        ORDER BY 3 DESC
        """,
        (str(table), modes),
    )
    return tuple(
        Blocker(pid=pid, application_name=name, age=float(age), query=" ".join(query.split()))
        for pid, name, age, query in rows
    )


def be_the_only_runner(conn: psycopg.Connection) -> None:
    """Hold the runner's lock for this session, or refuse with the name of who holds it.

    Never the waiting call: a session that waits for an advisory lock has a
    snapshot, and CREATE INDEX CONCURRENTLY waits for that.
    """
    _end_with_its_client(conn)
    if _only_runner(conn):
        return
    stays = runner_that_stays(conn)
    if _only_runner(conn):
        return
    who = stays or runner_on(conn) or "it has just come"
    raise Refused(
        f"another {APPLICATION_NAME} works on this database: {who}",
        advice="Wait until it has finished; `schemaguard status` shows how far it is.",
    )


def _only_runner(conn: psycopg.Connection) -> bool:
    row = conn.execute("SELECT pg_try_advisory_lock(%s)", (RUNNER_LOCK,)).fetchone()
    return bool(row and row[0])


def _end_with_its_client(conn: psycopg.Connection) -> None:
    """Should we be killed, the server ends what it does for us, instead of finding out when it is done."""
    with suppress(errors.InvalidParameterValue):  # Not every platform can tell.
        conn.execute("SET client_connection_check_interval = '2s'")


def runner_that_stays(conn: psycopg.Connection) -> Runner | None:
    """Who else holds the runner's lock; the session of one that was killed goes in a moment."""
    deadline = time.monotonic() + LEAVING
    while (runner := runner_on(conn)) is not None and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return runner


def runner_on(conn: psycopg.Connection) -> Runner | None:
    """Who else holds the runner's lock of this database."""
    row = conn.execute(
        """
        SELECT a.pid, coalesce(a.usename, ''), coalesce(host(a.client_addr), 'local'),
               a.backend_start::timestamptz(0)::text
        FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
        WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_backend_pid()
          AND (l.classid::bigint << 32 | l.objid::bigint) = %s
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        (RUNNER_LOCK,),
    ).fetchone()
    return Runner(*row) if row else None


def cancel(conn: psycopg.Connection, runner: Runner) -> None:
    """Cancel the statement that the runner's session runs; it needs the right to signal it."""
    conn.execute("SELECT pg_cancel_backend(%s)", (runner.pid,))
