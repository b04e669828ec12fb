"""What has happened on a database, as its journal tells: one line an event, the oldest first."""

import psycopg
from psycopg.rows import class_row

from schemaguard.dataclass import dataclass
from schemaguard.postgres import journal

_HAPPENED = """
SELECT at::timestamptz(0)::text AS at, kind, release, step, message, by FROM (
    SELECT begun_at AS at, 'begun' AS kind, name AS release, NULL AS step, left(digest, 12) AS message,
           NULL AS by, 0 AS place
    FROM schemaguard.release
    UNION ALL
    SELECT ended_at, state, release, id,
           concat_ws(', ', round(extract(epoch FROM ended_at - begun_at), 2) || ' s',
                     CASE WHEN attempts > 1 THEN attempts || ' attempts' END,
                     CASE WHEN lock_wait_ms > 0
                          THEN lock_tries || ' tries for locks in ' || lock_wait_ms || ' ms' END),
           NULL, 1
    FROM schemaguard.step WHERE ended_at IS NOT NULL AND state IN ('done', 'found')
    UNION ALL
    SELECT finished_at, 'finished', name, NULL, '', NULL, 3
    FROM schemaguard.release WHERE finished_at IS NOT NULL
    UNION ALL
    SELECT deployed_at, 'deployed', array_to_string(knows, ', '), NULL,
           'version ' || version || ' as ' || application_name, NULL, 2
    FROM schemaguard.deployment
    UNION ALL
    SELECT retired_at, 'retired', array_to_string(knows, ', '), NULL, 'version ' || version, NULL, 2
    FROM schemaguard.deployment WHERE retired_at IS NOT NULL
    UNION ALL
    SELECT at, kind, release, step, message, by, 2 FROM schemaguard.event
) AS happened
WHERE %(release)s::text IS NULL OR release = %(release)s
ORDER BY happened.at, place
"""


@dataclass(frozen=True, slots=True)
class Happened:
    """``at`` in the server's time; ``by`` the role, where it is written down."""

    at: str
    kind: str
    release: str | None
    step: str | None
    message: str
    by: str | None


def history(conn: psycopg.Connection, release: str | None) -> list[Happened]:
    """All of it, or that of one release; of a step its last end."""
    if not journal.exists(conn):
        return []
    journal.bring_up(conn)
    with conn.cursor(row_factory=class_row(Happened)) as cursor:
        return cursor.execute(_HAPPENED, {"release": release}).fetchall()
