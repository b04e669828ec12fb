"""How much disk the phase takes, and whether there is as much."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from schemaguard.changes import CreateIndex
from schemaguard.estimates import size_text
from schemaguard.names import Relation
from schemaguard.postgres.preflight.finding import Asked, Finding, Severity

#: From here on it is worth a note.
WORTH_TELLING = 100_000_000
#: Bytes of an entry of a B-tree besides its values, and how full its pages are.
ENTRY, FULL = 12, 0.9

# The rows of all partitions, and the mean width of the columns where the table has been analyzed.
SIZE = """
WITH parts AS (
    SELECT %(oid)s::oid AS relid UNION SELECT relid FROM pg_partition_tree(%(oid)s::oid)
)
SELECT sum(pg_table_size(t.relid))::int8,
       sum(c.reltuples) FILTER (WHERE c.relkind = 'r')::float8,
       bool_or(c.relkind = 'r' AND c.reltuples < 0),
       (SELECT CASE WHEN count(*) = cardinality(%(columns)s::text[]) THEN sum(s.width) END
        FROM (SELECT s.attname, max(s.avg_width) AS width FROM pg_stats AS s
              JOIN pg_class AS r ON r.relname = s.tablename
              JOIN pg_namespace AS n ON n.oid = r.relnamespace AND n.nspname = s.schemaname
              WHERE r.oid IN (SELECT relid FROM parts) AND s.attname = ANY (%(columns)s)
              GROUP BY s.attname) AS s)
FROM parts AS t JOIN pg_class AS c ON c.oid = t.relid
"""

PLACE = """
SELECT current_setting('data_directory', true), extract(epoch FROM pg_postmaster_start_time())::float8
WHERE pg_has_role('pg_read_all_settings', 'USAGE')
"""

# Bytes; -1: no limit.
SORTING = """
SELECT CASE WHEN l.setting = '-1' THEN -1 ELSE l.setting::int8 * 1024 END, m.setting::int8 * 1024
FROM pg_settings AS l, pg_settings AS m
WHERE l.name = 'temp_file_limit' AND m.name = 'maintenance_work_mem'
"""


@dataclass(frozen=True, slots=True)
class Takes:
    """What takes so many bytes at most."""

    what: str
    bytes: int
    is_index: bool


def room(asked: Asked) -> Iterator[Finding]:
    """What is built and filled is small, and the disk has room for it.

    A note of what indexes and filled rows come to, from 100 MB on. How much is free no SQL tells: where the
    server is on this machine and its data directory can be looked at, a warning if it is less. A warning,
    too, if an index that is to be sorted is larger than `temp_file_limit`.
    """
    takes = [*_indexes(asked), *_rows(asked)]
    whole = sum(one.bytes for one in takes)
    yield from _sorted(asked.conn, takes)
    if whole < WORTH_TELLING:
        return
    free = free_bytes(asked.conn)
    fits = free is None or free > whole
    known = "how much is free is not known" if free is None else f"{size_text(free)} are free"
    yield Finding(
        severity=Severity.NOTE if fits else Severity.WARN,
        sentence=f"the phase takes up to {size_text(whole)} of disk, and as much of WAL; {known}",
        evidence=tuple(f"{one.what}: up to {size_text(one.bytes)}" for one in takes),
        advice="Make room first: a full disk stops everybody." if not fits else "",
    )


def free_bytes(conn: psycopg.Connection) -> int | None:
    """What is free where the server keeps its data; None: it is elsewhere, or may not be looked at."""
    row = conn.execute(PLACE).fetchone()
    if row is None or not row[0]:
        return None
    directory, started = Path(row[0]), row[1]
    try:
        # The same path may exist on two machines; a server that started in the same second does not.
        lines = (directory / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) < 3 or abs(int(lines[2]) - started) > 2:
            return None
        place = os.statvfs(directory)
    except (OSError, ValueError):
        return None
    return place.f_bavail * place.f_frsize


def _sorted(conn: psycopg.Connection, takes: list[Takes]) -> Iterator[Finding]:
    row = conn.execute(SORTING).fetchone()
    assert row is not None
    limit, memory = row
    for one in takes:
        if one.is_index and one.bytes > max(limit, memory) and limit >= 0:
            yield Finding(
                severity=Severity.WARN,
                sentence=f"{one.what}: up to {size_text(one.bytes)} are sorted,"
                f" and temp_file_limit is {size_text(limit)}",
                advice="Have it raised for this role: ALTER ROLE ... SET temp_file_limit = ...;",
            )


def _indexes(asked: Asked) -> Iterator[Takes]:
    for change in asked.builds:
        size = _index_bytes(asked, change)
        if size:
            yield Takes(f"index {change.name.text} on {change.index.table.text}", size, is_index=True)


def _rows(asked: Asked) -> Iterator[Takes]:
    for step in asked.steps:
        if step.backfill is not None:
            size = _table(asked, step.backfill.table, ()).bytes
            if size:
                yield Takes(f"rows of {step.backfill.table.text}", size, is_index=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    bytes: int
    #: None: never analyzed.
    rows: float | None
    width: int | None


def _table(asked: Asked, table: Relation, columns: tuple[str, ...]) -> _Size:
    oid = next((oid for oid, known in asked.oids.items() if known == table), None)
    row = asked.conn.execute(SIZE, {"oid": oid, "columns": list(columns)}).fetchone()
    assert row is not None
    size, rows, unknown, width = row
    return _Size(bytes=size or 0, rows=None if unknown else rows, width=width)


def _index_bytes(asked: Asked, change: CreateIndex) -> int:
    """At most so much as the table itself where nothing is known of what it is over."""
    index = change.index
    columns = [column for column in (*index.columns, *index.also) if column is not None]
    size = _table(asked, index.table, tuple(dict.fromkeys(columns)))
    if size.rows is None or size.width is None or None in index.columns or index.method != "btree":
        return size.bytes
    # Values are aligned to eight bytes.
    entry = ENTRY + -(-size.width // 8) * 8
    return round(size.rows * entry / FULL)
