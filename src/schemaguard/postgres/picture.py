"""What a server shows of its tables at one moment, and what it says while it works."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.postgres.repeating import ask

Connection = psycopg.Connection[Any]

# Locks on toast tables, indexes and sequences are not told: nobody's query names them.
RELATIONS = """
SELECT c.oid::int8, CASE WHEN n.oid = pg_my_temp_schema() THEN 'pg_temp' ELSE n.nspname END, c.relname,
       pg_relation_filenode(c.oid)::int8, i.indrelid::int8
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v', 'i', 'I') AND n.nspname <> 'information_schema'
  AND (n.nspname NOT LIKE 'pg\\_%' OR n.oid = pg_my_temp_schema())
"""

# A SIReadLock, which a serializable transaction has, makes nobody wait.
LOCKS = """
SELECT relation::int8, mode
FROM pg_locks
WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND mode <> 'SIReadLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

# Counts of earlier transactions may still be among them: only differences within one tell anything.
SCANS = "SELECT relid::int8, coalesce(seq_scan, 0)::int8 FROM pg_stat_xact_user_tables"

VALID_KEYS = "SELECT oid::int8 FROM pg_constraint WHERE contype = 'f' AND convalidated"

FOREIGN_KEY = """
SELECT oid::int8, conrelid::int8, confrelid::int8 FROM pg_constraint WHERE contype = 'f' AND conname = %s
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """Tables by oid, their files, the locks that this session holds on them, how often it read them.

    The server tells of tables and keys by names that several may have, so there is also what tells these
    apart: the files of each table's indexes, and the keys that are valid.
    """

    tables: dict[int, Relation]
    files: dict[int, int | None]
    locks: frozenset[tuple[int, LockMode]]
    scans: dict[int, int]
    indexes: dict[int, frozenset[int | None]]
    valid_keys: frozenset[int]


def take(conn: Connection) -> Picture:
    """The picture of this moment."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        scans: dict[int, int] = dict(ask(cursor, SCANS))
        locks = ask(cursor, LOCKS)
        keys = ask(cursor, VALID_KEYS)
        rows = ask(cursor, RELATIONS)
    tables = [row for row in rows if row[-1] is None]
    return Picture(
        tables={oid: Relation(schema, name) for oid, schema, name, _, _ in tables},
        files={oid: file for oid, _, _, file, _ in tables},
        locks=frozenset((oid, LockMode.from_pg_locks(mode)) for oid, mode in locks),
        scans=scans,
        indexes={oid: frozenset(file for _, _, _, file, table in rows if table == oid) for oid, *_ in tables},
        valid_keys=frozenset(oid for (oid,) in keys),
    )


def ends_of_key(conn: Connection, name: str, before: Picture) -> Iterator[tuple[int, int]]:
    """The referencing and the referenced table of the keys of that name that were not valid before."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        for key, *ends in cursor.execute(FOREIGN_KEY, (name,)).fetchall():
            if key not in before.valid_keys:
                yield ends[0], ends[1]


# These messages are no public interface: a test provokes each of them on each major.
_VERIFYING = re.compile(r'verifying table "(.+)"\Z')
_REWRITING = re.compile(r'rewriting table "(.+)"\Z')
_BUILDING = re.compile(
    r'building index ".+" on table "(.+)" (?:serially|with request for \d+ parallel workers?)\Z'
)
_VALIDATING = re.compile(r'validating foreign key constraint "(.+)"\Z')
_PROVED = re.compile(
    r'existing constraints on column "(.+)" are sufficient to prove that it does not contain nulls\Z'
)


@dataclass(slots=True)
class Said:
    """What a server said at DEBUG1: names of tables without their schemas, and of foreign keys."""

    verified: set[str] = field(default_factory=set)
    rewritten: set[str] = field(default_factory=set)
    built: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    #: Columns that needed no reading, as ``table.column``.
    proved: set[str] = field(default_factory=set)

    def hear(self, message: str) -> None:
        """Sort one message."""
        kinds = (
            (_VERIFYING, self.verified),
            (_REWRITING, self.rewritten),
            (_BUILDING, self.built),
            (_VALIDATING, self.keys),
            (_PROVED, self.proved),
        )
        for pattern, names in kinds:
            found = pattern.match(message)
            if found:
                names.add(found[1])


@contextmanager
def listening(conn: Connection) -> Iterator[Said]:
    """Hear what the server says at DEBUG1 inside the ``with`` block."""
    said = Said()

    def hear(diagnostic: psycopg.errors.Diagnostic) -> None:
        said.hear(diagnostic.message_primary or "")

    before = _level(conn, "debug1")
    conn.add_notice_handler(hear)
    try:
        yield said
    finally:
        conn.remove_notice_handler(hear)
        # In a transaction that failed nothing can be set, and its end sets it back.
        if conn.info.transaction_status is not psycopg.pq.TransactionStatus.INERROR:
            _level(conn, before)


def _level(conn: Connection, level: str) -> str:
    """Set what the session is told, within its transaction if it is in one; what it was before."""
    inside = conn.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
    with conn.cursor(row_factory=tuple_row) as cursor:
        shown = cursor.execute("SHOW client_min_messages").fetchone()
        cursor.execute("SELECT set_config('client_min_messages', %s, %s)", (level, inside))
    assert shown is not None
    return str(shown[0])
