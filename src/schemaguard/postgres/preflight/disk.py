"""How much disk the phase takes, and whether there is as much."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg

from schemaguard.changes import CreateIndex
from schemaguard.dataclass import dataclass
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
              GROUP BY s.attname) AS s),
       (SELECT pg_tablespace_location(coalesce(nullif(r.reltablespace, 0), d.dattablespace))
        FROM parts AS p JOIN pg_class AS r ON r.oid = p.relid
        JOIN pg_database AS d ON d.datname = current_database()
        ORDER BY pg_table_size(p.relid) DESC LIMIT 1)
FROM parts AS t JOIN pg_class AS c ON c.oid = t.relid
"""

PLACE = """
SELECT current_setting('data_directory', true), extract(epoch FROM pg_postmaster_start_time())::float8
WHERE pg_has_role('pg_read_all_settings', 'USAGE')
"""

# Not where its table is: in the tablespace that is named, or the default.
INDEX_PLACE = """
SELECT pg_tablespace_location(coalesce(t.oid, d.dattablespace))
FROM pg_database AS d
LEFT JOIN pg_tablespace AS t
     ON t.spcname = coalesce(nullif(%s, ''), nullif(current_setting('default_tablespace'), ''))
WHERE d.datname = current_database()
"""
_TABLESPACE = re.compile(r'\bTABLESPACE\s+"?([^\s";]+)', re.IGNORECASE)

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
    #: The directory of its tablespace; "": the server's own.
    place: str


def room(asked: Asked) -> Iterator[Finding]:
    """What is built and filled is small, and the disk has room for it.

    A note of what indexes and filled rows come to, from 100 MB on. How much is free no SQL tells: where the
    server is on this machine and its data directory can be looked at, a warning if it is less. A warning,
    too, if an index that is to be sorted is larger than `temp_file_limit`.
    """
    takes = [*_indexes(asked), *_rows(asked)]
    yield from _sorted(asked.conn, takes)
    for place in sorted({one.place for one in takes}):
        here = [one for one in takes if one.place == place]
        whole = sum(one.bytes for one in here)
        free = free_bytes(asked.conn, place)
        fits = free is None or free > whole
        if fits and whole < WORTH_TELLING:
            continue
        known = "how much is free is not known" if free is None else f"{size_text(free)} are free"
        yield Finding(
            severity=Severity.NOTE if fits else Severity.WARN,
            sentence=f"the phase takes up to {size_text(whole)} of disk{f' in {place}' if place else ''},"
            f" and as much of WAL; {known}",
            evidence=tuple(f"{one.what}: up to {size_text(one.bytes)}" for one in here),
            advice="Make room first: a full disk stops everybody." if not fits else "",
        )


def free_bytes(conn: psycopg.Connection, place: str = "") -> int | None:
    """What is free in that directory of the server, "" being its data's; None: that cannot be looked at."""
    row = conn.execute(PLACE).fetchone()
    if row is None or not row[0]:
        return None
    directory, started = Path(row[0]), row[1]
    try:
        # The same path may exist on two machines; a server that started in the same second does not.
        lines = (directory / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) < 3 or abs(int(lines[2]) - started) > 2:
            return None
        found = os.statvfs(place or directory)
    except (OSError, ValueError):
        return None
    return found.f_bavail * found.f_frsize


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
            what = f"index {change.name.text} on {change.index.table.text}"
            yield Takes(what, size, is_index=True, place=_index_place(asked.conn, change))


def _rows(asked: Asked) -> Iterator[Takes]:
    for step in asked.steps:
        if step.backfill is not None:
            size = _table(asked, step.backfill.table, ())
            if size.bytes:
                what = f"rows of {step.backfill.table.text}"
                yield Takes(what, size.bytes, is_index=False, place=size.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    bytes: int
    #: None: never analyzed.
    rows: float | None
    width: int | None
    place: str


def _table(asked: Asked, table: Relation, columns: tuple[str, ...]) -> _Size:
    oid = next((oid for oid, known in asked.oids.items() if known == table), None)
    row = asked.conn.execute(SIZE, {"oid": oid, "columns": list(columns)}).fetchone()
    assert row is not None
    size, rows, unknown, width, place = row
    return _Size(bytes=size or 0, rows=None if unknown else rows, width=width, place=place or "")


def _index_place(conn: psycopg.Connection, change: CreateIndex) -> str:
    named = _TABLESPACE.search(change.index.definition)
    row = conn.execute(INDEX_PLACE, (named[1] if named else "",)).fetchone()
    return row[0] if row else ""


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
