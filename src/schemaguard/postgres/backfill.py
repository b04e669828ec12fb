"""Moving data in small batches along a key, or by place, each its own transaction, resumable.

A batch never waits for a row while it holds another, so it is in no deadlock with the
application: rows that somebody has locked are passed over, and in the end waited for
one by one.
"""

import json
from collections.abc import Callable

import psycopg
from psycopg import sql

from schemaguard.errors import DatabaseError
from schemaguard.names import Relation
from schemaguard.postgres.along import crew, go_along
from schemaguard.postgres.batch import Rows
from schemaguard.postgres.by_place import go_by_place
from schemaguard.postgres.course import Course, Pass, Progress
from schemaguard.postgres.pace import FIRST_BATCH, Effort, Pace
from schemaguard.postgres.row_keys import row_key
from schemaguard.recipe import Backfill, Step

_WHOLE = (Pass(needing=False, waiting=False), Pass(needing=True, waiting=False))
#: After these we say that the rows do not become right.
PASSES = (*_WHOLE, *[Pass(needing=True, waiting=True)] * 3)
#: After these the rows that are left have come meanwhile.
ONCE = (*_WHOLE, Pass(needing=True, waiting=True, most=100))


def run(
    conn: psycopg.Connection,
    release: str,
    step: Step,
    between: Callable[[Progress], None],
    effort: Effort,
) -> Progress:
    """Set the values in every row that needs it. Goes on where an earlier run stopped.

    ``between`` hears every now and then how far it is, and may wait, or raise: nothing is lost.
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
    along = [name for name, _ in key] or ["by place"]
    # By place there is one session: rows that are written go to other places.
    with crew(conn, effort.workers if key else 1) as sessions:
        pace = _pace(conn, sessions.pids, effort)
        course = _resumed(conn, release, step, along, between, pace)
        course.look()
        for one in ONCE if backfill.once else PASSES:
            if key:
                go_along(course, Rows(backfill, key), one, sessions)
            else:
                go_by_place(course, backfill, one)
            course.look()
            if not _left(conn, backfill):
                return course.progress
    if backfill.once:
        return course.progress
    raise DatabaseError(
        f"{backfill.table.text}: after {len(PASSES)} passes there are still rows where {backfill.where}",
        advice="Look at such a row: its new value is not what the expression gives.",
    )


def _pace(conn: psycopg.Connection, own: tuple[int, ...], effort: Effort) -> Pace:
    row = conn.execute("SELECT setting::float FROM pg_settings WHERE name = 'deadlock_timeout'").fetchone()
    assert row is not None
    return Pace(conn, effort.longest, FIRST_BATCH, (conn.info.backend_pid, *own), hurry=row[0] / 1000 / 2)


def _resumed(
    conn: psycopg.Connection,
    release: str,
    step: Step,
    along: list[str],
    between: Callable[[Progress], None],
    pace: Pace,
) -> Course:
    """The backfill, from where it is."""
    backfill = step.backfill
    assert backfill is not None
    into = [] if backfill.into is None else [backfill.into.text, dict(backfill.match)]
    expression = json.dumps([dict(backfill.values), backfill.where, *into, along], sort_keys=True)
    progress = Progress(table=backfill.table, estimate=_estimate(conn, backfill.table), batch=pace.size)
    row = conn.execute(
        """
        INSERT INTO schemaguard.backfill AS here (release, step, expression, batch) VALUES (%s, %s, %s, %s)
        ON CONFLICT (release, step) DO UPDATE
        SET expression = excluded.expression,
            mark = CASE WHEN here.expression = excluded.expression THEN here.mark END,
            seen = CASE WHEN here.expression = excluded.expression THEN here.seen ELSE 0 END,
            changed = CASE WHEN here.expression = excluded.expression THEN here.changed ELSE 0 END
        RETURNING mark, seen, changed, batch
        """,
        (release, step.id, expression, FIRST_BATCH),
    ).fetchone()
    assert row is not None
    mark, progress.seen, progress.changed, pace.size = row
    return Course(
        conn=conn, release=release, step=step, progress=progress, pace=pace, between=between, mark=mark
    )


def _estimate(conn: psycopg.Connection, table: Relation) -> int:
    row = conn.execute(
        "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", (str(table),)
    ).fetchone()
    return row[0] if row else -1


def _left(conn: psycopg.Connection, backfill: Backfill) -> bool:
    row = conn.execute(
        sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(
            sql.Identifier(backfill.table.schema, backfill.table.name),
            sql.SQL(backfill.where),
        )
    ).fetchone()
    return bool(row and row[0])
