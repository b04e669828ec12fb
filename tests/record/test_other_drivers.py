"""psycopg2 and asyncpg are recorded as psycopg 3 is, used directly or below SQLAlchemy."""

import pytest

from schemaguard.compat.workload import Workload
from tests.record.conftest import Record

#: SQLAlchemy as it is now, with its asyncio.
pytestmark = pytest.mark.newer

pytest.importorskip("psycopg2")
pytest.importorskip("asyncpg")
pytest.importorskip("greenlet")


def texts(workload: Workload) -> list[str]:
    return sorted(statement.sql for statement in workload.statements)


def test_every_way_to_send_a_statement_with_psycopg2_is_seen_once(record: Record) -> None:
    workload = record(
        """
        import io, psycopg2, psycopg2.extras, psycopg2.pool, psycopg2.sql

        class Mine(psycopg2.extensions.cursor):
            def execute(self, query, vars=None):
                return super().execute(query, vars)

        with psycopg2.connect(URL) as conn:
            cursor = conn.cursor()
            cursor.execute("SELECT a, 'plain' FROM t WHERE a = %s AND b = %s", (1, None))
            cursor.execute("SELECT a, 'named' FROM t WHERE a = %(a)s", {"a": 1})
            cursor.execute("SELECT a, '%s' FROM t")
            cursor.executemany("INSERT INTO t VALUES (%s, %s)", iter([(1, "x"), (2, None)]))
            psycopg2.extras.execute_batch(cursor, "UPDATE t SET b = %s WHERE a = %s", [("y", 1), ("z", 2)])
            rows = iter([(3, "x"), (4, "x")])
            psycopg2.extras.execute_values(cursor, "INSERT INTO t (a, b) VALUES %s", rows)
            cursor.copy_expert("COPY t FROM STDIN", io.StringIO("7\\tx\\n"))
            cursor.copy_from(io.StringIO("8\\tx\\n"), "t", columns=("a", "b"))
            cursor.callproc("abs", (1,))
            conn.cursor(cursor_factory=Mine).execute("SELECT a, 'mine' FROM t")
            server = conn.cursor("server side")
            server.execute("SELECT a, 'server' FROM t")
            composed = psycopg2.sql.SQL("SELECT a, 'composed' FROM {}").format(psycopg2.sql.Identifier("t"))
            conn.cursor().execute(composed)
        rows = psycopg2.connect(URL, connection_factory=psycopg2.extras.DictConnection).cursor()
        rows.execute("SELECT a, 'dict' FROM t")
        assert rows.fetchone()["a"]
        pool = psycopg2.pool.SimpleConnectionPool(1, 1, URL, cursor_factory=psycopg2.extras.RealDictCursor)
        rows = pool.getconn().cursor()
        rows.execute("SELECT a, 'pool' FROM t")
        assert rows.fetchone()["a"]
        """
    )

    assert texts(workload) == [
        'COPY "t" ("a", "b") FROM STDIN',
        "COPY t FROM STDIN",
        "INSERT INTO t (a, b) VALUES ($1, $2)",
        "INSERT INTO t VALUES ($1, $2)",
        "SELECT * FROM abs($1)",
        "SELECT a, '%s' FROM t",
        "SELECT a, 'composed' FROM \"t\"",
        "SELECT a, 'dict' FROM t",
        "SELECT a, 'mine' FROM t",
        "SELECT a, 'named' FROM t WHERE a = $1",
        "SELECT a, 'plain' FROM t WHERE a = $1 AND b = $2",
        "SELECT a, 'pool' FROM t",
        "SELECT a, 'server' FROM t",
        "UPDATE t SET b = $1 WHERE a = $2",
    ]
    plain = next(statement for statement in workload.statements if "'plain'" in statement.sql)
    assert [(parameter.types, parameter.null) for parameter in plain.parameters] == [
        (("int4",), False),
        (("",), True),
    ]
    assert sorted(s.sql for s in workload.statements if s.many) == [
        "INSERT INTO t (a, b) VALUES ($1, $2)",
        "INSERT INTO t VALUES ($1, $2)",
        "UPDATE t SET b = $1 WHERE a = $2",
    ]
    assert workload.driver.startswith("psycopg2 2.")
    assert not workload.unrecorded
    assert not workload.prepares


def test_of_a_text_that_psycopg2_has_written_values_into_only_the_place_is_kept(record: Record) -> None:
    workload = record(
        """
        import psycopg2

        with psycopg2.connect(URL) as conn:
            cursor = conn.cursor()
            cursor.execute("SELECT a FROM t")
            cursor.execute(cursor.mogrify("SELECT a FROM t WHERE b = %s", ("topsecret",)))
        """
    )

    assert texts(workload) == ["SELECT a FROM t"]
    (unrecorded,) = workload.unrecorded
    assert unrecorded.startswith("a statement with its values in it (mogrify) sent at program.py:")


def test_what_psycopg2_and_asyncpg_are_refused_for_its_text_is_no_need(record: Record) -> None:
    workload = record(
        """
        import asyncpg, psycopg2

        conn = psycopg2.connect(URL)
        conn.autocommit = True
        for sql in ("SELECT nosuch FROM t", "INSERT INTO t VALUES (NULL, 'psycopg2')"):
            try:
                conn.cursor().execute(sql)
            except psycopg2.Error:
                pass

        async def main():
            conn = await asyncpg.connect(URL)
            for sql in ("SELECT nosuch FROM t", "INSERT INTO t VALUES (NULL, 'asyncpg')"):
                try:
                    await conn.execute(sql)
                except asyncpg.PostgresError:
                    pass

        asyncio.run(main())
        """
    )

    assert texts(workload) == [
        "INSERT INTO t VALUES (NULL, 'asyncpg')",
        "INSERT INTO t VALUES (NULL, 'psycopg2')",
    ]


def test_every_way_to_send_a_statement_with_asyncpg_is_seen_once(record: Record) -> None:
    workload = record(
        """
        import asyncpg

        async def find(conn):
            await conn.fetch("SELECT a, 'fetch' FROM t WHERE a = $1 AND b = $2", 1, None)

        async def main():
            conn = await asyncpg.connect(URL)
            await find(conn)
            await conn.fetchval("SELECT 'value' FROM t WHERE a = $1", 1)
            await conn.fetchrow("SELECT 'row' FROM t", timeout=9)
            await conn.execute("UPDATE t SET b = $1", "x")
            await conn.executemany("INSERT INTO t VALUES ($1, $2)", iter([(1, "x"), (2, None)]))
            prepared = await conn.prepare("SELECT 'prepared' FROM t WHERE a = $1")
            await prepared.fetch(1)
            await conn.copy_records_to_table("t", records=[(3, "x")], columns=["a", "b"])
            async with conn.transaction():
                async for _ in conn.cursor("SELECT 'cursor' FROM t WHERE a > $1", 0):
                    pass
            async with asyncpg.create_pool(URL, min_size=1, max_size=1) as pool:
                await pool.fetch("SELECT 'pool' FROM t")
                async with pool.acquire() as one:
                    await one.fetch("SELECT 'acquired' FROM t")

        asyncio.run(main())
        """
    )

    assert texts(workload) == [
        'COPY "t" ("a", "b") FROM STDIN',
        "INSERT INTO t VALUES ($1, $2)",
        "SELECT 'acquired' FROM t",
        "SELECT 'cursor' FROM t WHERE a > $1",
        "SELECT 'pool' FROM t",
        "SELECT 'prepared' FROM t WHERE a = $1",
        "SELECT 'row' FROM t",
        "SELECT 'value' FROM t WHERE a = $1",
        "SELECT a, 'fetch' FROM t WHERE a = $1 AND b = $2",
        "UPDATE t SET b = $1",
    ]
    fetched = next(statement for statement in workload.statements if "'fetch'" in statement.sql)
    assert (fetched.name, fetched.origin) == ("find", ("program.py:8",))
    assert [(one.types, one.null) for one in fetched.parameters] == [(("",), False), (("",), True)]
    assert [statement.kind for statement in workload.statements if statement.many] == ["insert"]
    assert workload.driver.startswith("asyncpg 0.")


def test_below_sqlalchemy_each_driver_is_seen_once(record: Record) -> None:
    workload = record(
        """
        from sqlalchemy import create_engine, text
        from sqlalchemy.ext.asyncio import create_async_engine

        with create_engine(URL.replace("postgresql:", "postgresql+psycopg2:")).begin() as conn:
            conn.execute(text("SELECT b, 'psycopg2' FROM t WHERE a = :a"), {"a": 1})
            conn.execute(text("UPDATE t SET b = :b WHERE a = :a"), [{"a": 1, "b": "x"}, {"a": 2, "b": "x"}])

        async def main():
            engine = create_async_engine(URL.replace("postgresql:", "postgresql+asyncpg:"))
            async with engine.begin() as conn:
                await conn.execute(text("SELECT b, 'asyncpg' FROM t WHERE a = :a"), {"a": 1})

        asyncio.run(main())
        """
    )

    assert texts(workload) == [
        "SELECT b, 'asyncpg' FROM t WHERE a = $1",
        "SELECT b, 'psycopg2' FROM t WHERE a = $1",
        "UPDATE t SET b = $1 WHERE a = $2",
    ]
    assert [len(driver.split()) for driver in workload.driver.split(" + ")] == [2, 2]
