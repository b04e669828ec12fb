"""One batch of a backfill of a table whose rows nothing tells apart: by where they are in the file.

A row that is updated is in another place afterwards, maybe behind the batch. So all places are gone through
once, as far as the file reached then, and after that what still needs the values is looked for anywhere.
"""

import time
from functools import partial

import psycopg
from psycopg import sql

from schemaguard.dataclass import dataclass
from schemaguard.errors import DatabaseError
from schemaguard.postgres.batch import HOLDING_MS
from schemaguard.postgres.course import Course, Pass
from schemaguard.postgres.ranges import PATIENCE_MS, Mark
from schemaguard.postgres.transactions import patiently
from schemaguard.recipe import Backfill

#: A batch of so many rows is taken to have so many of them in a page.
ROWS_A_PAGE = 50

# The table, or what holds its rows: partitions, and heirs of it.
_FILES = """
WITH RECURSIVE below (oid) AS (
    SELECT to_regclass(%s)::oid
    UNION
    SELECT inhrelid FROM pg_inherits JOIN below ON inhparent = below.oid
)
SELECT c.oid::bigint, n.nspname, c.relname,
       pg_relation_size(c.oid) / current_setting('block_size')::integer
FROM below JOIN pg_class AS c USING (oid) JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r'
ORDER BY c.oid
"""
_LOCKED = """
SELECT ctid::text FROM ONLY {file} AS {table} WHERE {within} AND ({where}) {limit} FOR NO KEY UPDATE {skip}
"""
# A statement of its own: one that has waited for a row does not see where it has gone.
_WRITTEN = """
WITH moved AS (
    UPDATE ONLY {file} AS {table} SET {assignments}
    WHERE {within} AND ctid = ANY ({places}::tid[]) AND ({where})
    RETURNING ({where}) AS wrong
)
SELECT count(*), count(*) FILTER (WHERE wrong) FROM moved
"""
_SEEN = "SELECT count(*) FROM ONLY {file} WHERE {within}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    oid: int
    identifier: sql.Identifier
    pages: int


def go_by_place(course: Course, backfill: Backfill, one: Pass) -> None:
    """Go through the rows once. The mark is a file, the next page of it, and where that file ended."""
    mark, pace = None if one.needing else course.mark, course.pace
    for _ in range(one.most):
        size = 1 if one.waiting else pace.size
        attempt = partial(_committed, course.conn, backfill, mark, size, one)
        (seen, changed, mark), took = patiently(attempt, course.glance)
        pace.learn(size, took)
        course.moved(seen, changed, mark or course.mark)
        if mark is None:
            return
        time.sleep(pace.rest(took))


def _committed(
    conn: psycopg.Connection, backfill: Backfill, mark: Mark | None, size: int, one: Pass
) -> tuple[tuple[int, int, Mark | None], float]:
    """What came of it, and seconds that it took."""
    begun = time.monotonic()
    patience = PATIENCE_MS if one.waiting else HOLDING_MS
    with conn.transaction():
        conn.execute(f"SET LOCAL lock_timeout = {patience}; SET LOCAL synchronous_commit = off")
        written = one_batch_by_place(conn, backfill, mark, size, one)
    return written, time.monotonic() - begun


def one_batch_by_place(
    conn: psycopg.Connection, backfill: Backfill, mark: list[str] | None, size: int, one: Pass
) -> tuple[int, int, list[str] | None]:
    """Rows seen, rows changed, and how far it is: file, page, and where that file ended; None: it is over."""
    files = [
        _File(oid=oid, identifier=sql.Identifier(schema, name), pages=pages)
        for oid, schema, name, pages in conn.execute(_FILES, (str(backfill.table),)).fetchall()
    ]
    if one.needing:
        return _anywhere(conn, backfill, files, size, one)
    return _in_turn(conn, backfill, files, mark, size, one)


def _in_turn(
    conn: psycopg.Connection,
    backfill: Backfill,
    files: list[_File],
    mark: list[str] | None,
    size: int,
    one: Pass,
) -> tuple[int, int, list[str] | None]:
    oid, page, last = map(int, mark or (0, 0, 0))
    file = next((file for file in files if file.oid >= oid), None)
    if file is None:
        return 0, 0, None
    if file.oid != oid:
        page, last = 0, file.pages
    end = min(last, page + max(1, size // ROWS_A_PAGE))
    within = sql.SQL("ctid >= {} AND ctid < {}").format(_place(page), _place(end))
    changed = _written(conn, backfill, file, within, one)
    ((seen,),) = conn.execute(sql.SQL(_SEEN).format(file=file.identifier, within=within)).fetchall()
    if end < last:
        return seen, changed, [str(file.oid), str(end), str(last)]
    return seen, changed, [str(file.oid + 1), "0", "0"]


def _anywhere(
    conn: psycopg.Connection, backfill: Backfill, files: list[_File], size: int, one: Pass
) -> tuple[int, int, list[str] | None]:
    for file in files:
        locked = _written(conn, backfill, file, sql.SQL("true"), one, limit=size)
        if locked:
            # All places have been gone through, should it be stopped here.
            return locked, locked, [str(files[-1].oid + 1), "0", "0"]
    return 0, 0, None


def _written(
    conn: psycopg.Connection,
    backfill: Backfill,
    file: _File,
    within: sql.Composable,
    one: Pass,
    *,
    limit: int | None = None,
) -> int:
    """Lock the rows there that need it, and write them; their number."""
    words = {
        "file": file.identifier,
        # The expressions may name the table.
        "table": sql.Identifier(backfill.table.name),
        "within": within,
        "where": sql.SQL(backfill.where),
        "assignments": sql.SQL(backfill.assignments),
        "limit": sql.SQL("" if limit is None else f"LIMIT {limit}"),
        "skip": sql.SQL("" if one.waiting else "SKIP LOCKED"),
    }
    locked = [place for (place,) in conn.execute(sql.SQL(_LOCKED).format(**words)).fetchall()]
    if not locked:
        return 0
    places = sql.Literal("{" + ",".join(f'"{place}"' for place in locked) + "}")
    row = conn.execute(sql.SQL(_WRITTEN).format(places=places, **words)).fetchone()
    assert row is not None
    changed, wrong = row
    if wrong or changed < len(locked):
        raise DatabaseError(
            f"{backfill.table.text}: {wrong or len(locked) - changed} rows that were written are still such"
            f" that {backfill.where}",
            advice="Look at such a row: its new value is not what the expression gives.",
        )
    return len(locked)


def _place(page: int) -> sql.Composable:
    return sql.SQL("{}::tid").format(sql.Literal(f"({page},0)"))
