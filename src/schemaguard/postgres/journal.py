"""The journal in schema ``schemaguard`` of the target database: releases, steps, marks, deployments."""

from collections.abc import Sequence
from importlib import resources

import psycopg
from psycopg import errors
from psycopg.rows import dict_row

from schemaguard.dataclass import dataclass
from schemaguard.errors import DatabaseError, Refused
from schemaguard.gates import Deployment, Session
from schemaguard.postgres.connect import APPLICATION_NAME
from schemaguard.postgres.journal_rights import granted, hand_on
from schemaguard.recipe import Step

#: Each version's own migration is journal_N.sql.
VERSION = 3
#: Two that make it at the same time, of which one may be no runner, take turns.
_MAKING = 7_306_089_342_143_116_802


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What the journal says of a step."""

    id: str
    phase: str
    state: str
    attempts: int
    error: str | None

    @property
    def is_done(self) -> bool:
        """Whether it was run to its end, or found to be there."""
        return self.state in ("done", "found")


def exists(conn: psycopg.Connection) -> bool:
    """Whether the database has a journal."""
    row = conn.execute("SELECT to_regclass('schemaguard.journal') IS NOT NULL").fetchone()
    return bool(row and row[0])


def create(conn: psycopg.Connection) -> None:
    """Make the journal where there is none, bring an older one up; refuse one of a newer schemaguard."""
    found = version(conn)
    if found < VERSION:
        with conn.transaction():
            conn.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
            before = granted(conn)
            for number in range(version(conn) + 1, VERSION + 1):
                script = resources.files("schemaguard.postgres").joinpath(f"journal_{number}.sql")
                conn.execute(script.read_text().encode())
            hand_on(conn, before)
    if found > VERSION:
        raise too_new(found)


def too_new(found: int) -> Refused:
    """What to say of a journal of that version."""
    return Refused(
        f"the journal in this database is of version {found}, this schemaguard knows {VERSION}",
        advice="Run it with the newer schemaguard that made the journal.",
    )


def bring_up(conn: psycopg.Connection) -> None:
    """For those who only read: bring an older journal up, or tell who can."""
    try:
        create(conn)
    except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction) as error:
        raise DatabaseError(
            f"the journal in this database is of version {version(conn)}, older than this schemaguard's",
            advice="Its owner brings it up, on the primary: with `schemaguard status`, once.",
        ) from error


def version(conn: psycopg.Connection) -> int:
    """The journal's; 0: there is none."""
    if not exists(conn):
        return 0
    row = conn.execute("SELECT max(version) FROM schemaguard.journal").fetchone()
    return int(row[0]) if row and row[0] else 1


def note(
    conn: psycopg.Connection, kind: str, *, release: str, step: str | None = None, message: str = ""
) -> None:
    """Write down what the tables of releases and steps do not keep; ``kind`` as in the table of events."""
    conn.execute(
        "INSERT INTO schemaguard.event (kind, release, step, message) VALUES (%s, %s, %s, %s)",
        (kind, release, step, message),
    )


def begin_step(conn: psycopg.Connection, release: str, position: int, step: Step) -> None:
    """Write down that the step is being tried."""
    conn.execute(
        """
        INSERT INTO schemaguard.step (release, id, phase, position, state, attempts)
        VALUES (%s, %s, %s, %s, 'running', 1)
        ON CONFLICT (release, id) DO UPDATE
        SET state = 'running', attempts = step.attempts + 1, begun_at = clock_timestamp(),
            ended_at = NULL, error = NULL
        """,
        (release, step.id, step.phase.value, position),
    )


def write_found(conn: psycopg.Connection, release: str, position: int, step: Step) -> None:
    """Write down that the step's end state was there already."""
    conn.execute(
        """
        INSERT INTO schemaguard.step (release, id, phase, position, state, attempts, ended_at)
        VALUES (%s, %s, %s, %s, 'found', 1, clock_timestamp())
        ON CONFLICT (release, id) DO UPDATE
        SET state = 'found', attempts = step.attempts + 1, begun_at = clock_timestamp(),
            ended_at = clock_timestamp(), error = NULL
        """,
        (release, step.id, step.phase.value, position),
    )


def end_step(
    conn: psycopg.Connection,
    release: str,
    step: Step,
    state: str,
    *,
    error: str | None = None,
    lock_tries: int = 0,
    lock_wait_ms: int = 0,
) -> None:
    """Write down how the step ended: done, found (it was there already) or failed."""
    conn.execute(
        """
        UPDATE schemaguard.step
        SET state = %s, error = %s, ended_at = clock_timestamp(),
            lock_tries = lock_tries + %s, lock_wait_ms = lock_wait_ms + %s
        WHERE release = %s AND id = %s
        """,
        (state, error, lock_tries, lock_wait_ms, release, step.id),
    )


def steps(conn: psycopg.Connection, release: str) -> dict[str, StepRecord]:
    """What the journal says of each step of the release; nothing where there is none."""
    if not exists(conn):
        return {}
    with conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute(
            "SELECT id, phase, state, attempts, error FROM schemaguard.step WHERE release = %s", (release,)
        )
        return {row["id"]: StepRecord(**row) for row in cursor}


def releases(conn: psycopg.Connection) -> tuple[tuple[str, str, str], ...]:
    """Each release's name, its plan as JSON, and begun, finished or undone; the oldest first."""
    rows = conn.execute(
        """
        SELECT name, plan, CASE WHEN undone_at IS NOT NULL THEN 'undone'
                                WHEN finished_at IS NOT NULL THEN 'finished' ELSE 'begun' END
        FROM schemaguard.release ORDER BY begun_at, name
        """
    )
    return tuple((name, plan, state) for name, plan, state in rows)


def is_begun(conn: psycopg.Connection, name: str) -> bool:
    """Whether the release is in the journal, and was not taken back."""
    # A journal of the first version has no such column.
    undone = "to_jsonb(release) ->> 'undone_at' IS NOT NULL"
    query = f"SELECT EXISTS (SELECT FROM schemaguard.release WHERE name = %s AND NOT ({undone}))"
    row = conn.execute(query.encode(), (name,)).fetchone()
    return bool(row and row[0])


def left_at(conn: psycopg.Connection, name: str) -> str | None:
    """The fingerprint of the release's tables as undo has left them; None: it was never taken back."""
    # A journal of an earlier version has no such column.
    query = "SELECT to_jsonb(release) ->> 'left_at' FROM schemaguard.release WHERE name = %s"
    row = conn.execute(query, (name,)).fetchone() if exists(conn) else None
    return row[0] if row else None


def is_finished(conn: psycopg.Connection, name: str) -> bool:
    """Whether all of the release was done."""
    if not exists(conn):
        return False
    query = "SELECT EXISTS (SELECT FROM schemaguard.release WHERE name = %s AND finished_at IS NOT NULL)"
    row = conn.execute(query, (name,)).fetchone()
    return bool(row and row[0])


def finish_release(conn: psycopg.Connection, name: str) -> None:
    """Write down that the release's last step is done."""
    conn.execute(
        "UPDATE schemaguard.release SET finished_at = coalesce(finished_at, now()) WHERE name = %s", (name,)
    )


def write_undone(
    conn: psycopg.Connection,
    release: str,
    *,
    message: str = "",
    kept: Sequence[str] = (),
    left_at: str | None = None,
) -> None:
    """Write down that the release is not there any more, and why.

    ``kept``: the ids of the steps whose records stay. ``left_at``: the fingerprint of its tables as they are
    left, where that is not how they were before it.
    """
    with conn.transaction():
        conn.execute("DELETE FROM schemaguard.backfill WHERE release = %s", (release,))
        conn.execute(
            "UPDATE schemaguard.step SET state = 'undone', ended_at = clock_timestamp()"
            " WHERE release = %s AND state <> 'undone' AND id <> ALL (%s)",
            (release, list(kept)),
        )
        conn.execute(
            "UPDATE schemaguard.release SET undone_at = now(), finished_at = NULL, left_at = %s"
            " WHERE name = %s",
            (left_at, release),
        )
        note(conn, "undone", release=release, message=message)


def deploy(
    conn: psycopg.Connection, version: str, application_name: str, knows: tuple[str, ...] = ()
) -> None:
    """Write down that the version runs, and which releases' new shapes it uses."""
    conn.execute(
        """
        INSERT INTO schemaguard.deployment (version, application_name, knows) VALUES (%s, %s, %s)
        ON CONFLICT (version) DO UPDATE
        SET application_name = excluded.application_name, knows = excluded.knows, retired_at = NULL
        """,
        (version, application_name, list(knows)),
    )


def retire(conn: psycopg.Connection, version: str) -> bool:
    """Write down that the version runs no more. False: it was never said to run."""
    done = conn.execute(
        "UPDATE schemaguard.deployment SET retired_at = coalesce(retired_at, now()) WHERE version = %s",
        (version,),
    )
    return done.rowcount > 0


def deployments(conn: psycopg.Connection) -> tuple[Deployment, ...]:
    """Every version that was said to run."""
    if not exists(conn):
        return ()
    rows = conn.execute(
        """
        SELECT version, application_name, knows, retired_at IS NOT NULL
        FROM schemaguard.deployment ORDER BY deployed_at, version
        """
    )
    return tuple(
        Deployment(version=version, application_name=name, knows=tuple(knows), retired=retired)
        for version, name, knows, retired in rows
    )


def sessions(conn: psycopg.Connection) -> tuple[Session, ...]:
    """The clients connected to this database, but for schemaguard's own."""
    rows = conn.execute(
        """
        SELECT pid, application_name, coalesce(usename, ''), coalesce(query, ''),
               coalesce(extract(epoch FROM clock_timestamp() - backend_start), 0)
        FROM pg_stat_activity
        -- backend_type is NULL where the role may not see it: a client until known otherwise.
        WHERE datname = current_database() AND coalesce(backend_type, 'client backend') = 'client backend'
          AND pid <> pg_backend_pid() AND application_name <> %s
        ORDER BY backend_start
        """,
        (APPLICATION_NAME,),
    )
    return tuple(
        Session(pid=pid, application_name=name, user=user, query=" ".join(query.split()), age=float(age))
        for pid, name, user, query, age in rows
    )
