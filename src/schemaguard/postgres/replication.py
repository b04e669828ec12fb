"""Who reads the WAL of a server, and how far behind they are."""

import psycopg
from psycopg.rows import class_row

from schemaguard.dataclass import dataclass

_STANDBYS = """
SELECT coalesce(nullif(application_name, ''), 'pid ' || pid) AS name, coalesce(state, '') AS state,
       pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::int8 AS bytes,
       extract(epoch FROM replay_lag)::float8 AS seconds,
       pg_has_role('pg_read_all_stats', 'USAGE') AS may_be_seen
FROM pg_stat_replication ORDER BY 1
"""
_SLOTS = """
SELECT slot_name AS name, active, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int8 AS bytes
FROM pg_replication_slots WHERE restart_lsn IS NOT NULL ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Standby:
    """``bytes`` of WAL and ``seconds`` that it is behind; None: nothing is, or the role may not see it."""

    name: str
    state: str
    bytes: int | None
    seconds: float | None
    may_be_seen: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """``bytes`` of WAL that it keeps; ``active``: somebody reads it."""

    name: str
    active: bool
    bytes: int


def standbys(conn: psycopg.Connection) -> list[Standby]:
    """Those that are connected."""
    with conn.cursor(row_factory=class_row(Standby)) as cursor:
        return cursor.execute(_STANDBYS).fetchall()


def slots(conn: psycopg.Connection) -> list[Slot]:
    """Those that keep WAL."""
    with conn.cursor(row_factory=class_row(Slot)) as cursor:
        return cursor.execute(_SLOTS).fetchall()
