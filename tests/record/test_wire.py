"""What passes through the wire recorder is passed on unchanged, and recorded without its values."""

import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from schemaguard.compat.workload import Workload, read_workload
from schemaguard.errors import NotEnoughEvidence
from schemaguard.postgres.embedded import Server
from schemaguard.record.names import Names
from schemaguard.record.wire import record_wire
from tests.record.conftest import SCHEMA

Wire = Callable[..., Workload]

HEADER = """
import asyncio, os, psycopg
"""
DRIVERS = "CREATE TYPE state AS ENUM ('new', 'done'); CREATE TABLE job (id int PRIMARY KEY, state state);"

SKIPPED = "was skipped, because one before it in the same message had failed"

pytestmark = pytest.mark.majors


@pytest.fixture
def url(server: Server, database_with: Callable[[str], str]) -> str:
    name = database_with(SCHEMA + DRIVERS).split("dbname=")[1].split()[0].strip("'")
    return server.url(name)


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> Wire:
    """Runs a Python program, or a command, through the recorder."""
    monkeypatch.chdir(tmp_path)

    def run(program: str = "", *command: str) -> Workload:
        (tmp_path / "program.py").write_text(HEADER + textwrap.dedent(program))
        run = list(command) or [sys.executable, "program.py"]
        assert record_wire(tmp_path / "w", Names(version="7"), run, url=url, listen="127.0.0.1:0") == 0
        return read_workload(tmp_path / "w")

    return run


def texts(workload: Workload) -> list[str]:
    return sorted(statement.sql for statement in workload.statements)


def all_text(directory: Path) -> str:
    return "".join(file.read_text() for file in sorted(directory.rglob("*.*")))


def types(workload: Workload, part: str) -> list[tuple[tuple[str, ...], bool]]:
    (found,) = [statement for statement in workload.statements if part in statement.sql]
    return [(one.types, one.null) for one in found.parameters]


def test_psql_is_recorded_without_the_values_in_its_statements(wire: Wire, tmp_path: Path) -> None:
    if shutil.which("psql") is None:
        pytest.skip("there is no psql")
    script = tmp_path / "script.sql"
    script.write_text(
        r"""
        INSERT INTO t (a, b) VALUES (1, 'topsecret'), (2, NULL), (3, 'x'), (4, 'y');
        BEGIN \; SELECT b FROM t WHERE a = 1 /* topsecret */ \; COMMIT;
        SELECT nosuch FROM t \; SELECT 'skipped' FROM t;
        INSERT INTO t VALUES (1, 'twice');
        COPY t FROM STDIN WITH (DELIMITER ',');
5,topsecret
\.
        DECLARE c CURSOR WITH HOLD FOR SELECT a FROM t WHERE b <> 'topsecret';
        PREPARE p (int) AS UPDATE t SET b = 'z' WHERE a = $1;
        SELECT a FROM t WHERE b = B'1'::text;
        CREATE TABLE other (a int);
        \d t
        """
    )

    workload = wire("", "psql", "-X", "-f", str(script))

    assert texts(workload) == [
        "COPY t FROM STDIN WITH (DELIMITER ',')",
        "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)",
        "INSERT INTO t VALUES ($1, $2)",
        "SELECT a FROM t WHERE b <> $1",
        "SELECT b FROM t WHERE a = $1",
        "UPDATE t SET b = 'z' WHERE a = $1",
    ]
    assert types(workload, "(a, b)") == [
        (("int4",), False), (("",), False), (("int4",), False), (("",), True),
    ]  # fmt: skip
    assert types(workload, "UPDATE") == [(("int",), False)]
    assert workload.unrecorded == (
        f"SELECT ? FROM t: {SKIPPED}",
        "SELECT a FROM t WHERE b = ? :: text: cannot be kept without its values: it has a constant B'...'",
    )
    assert "topsecret" not in all_text(tmp_path / "w")
    assert workload.driver == "wire protocol"
    assert not workload.prepares


def test_psycopg_declares_its_types_and_pipelines(wire: Wire, tmp_path: Path) -> None:
    workload = wire(
        """
        from psycopg.types.enum import EnumInfo, register_enum
        import enum

        class State(enum.Enum):
            new = "new"
            done = "done"

        with psycopg.connect() as conn:
            register_enum(EnumInfo.fetch(conn, "state"), conn, State)
            conn.execute("INSERT INTO t VALUES (%s, %s)", (1, "topsecret"))
            conn.execute("INSERT INTO t VALUES (%s, %s)", (70000, None))
            conn.execute("SELECT id FROM job WHERE state = %s", (State.new,))
            conn.execute("SELECT nextval(%s), %s", ("s", "topsecret"))
            for _ in range(7):
                conn.execute("SELECT a, 'often' FROM t WHERE a = %s", (1,))
            with conn.cursor(name="server side") as cursor:
                cursor.execute("SELECT a, 'cursor' FROM t WHERE a > %s", (1,))
                cursor.fetchall()
            with conn.cursor().copy("COPY t FROM STDIN") as copy:
                copy.write_row((5, "topsecret"))
        with psycopg.connect(autocommit=True) as conn:
            with conn.pipeline():
                for n in range(100, 200):
                    conn.execute("INSERT INTO t (b, a) VALUES (%s, %s)", ("topsecret", n))
                conn.execute("SELECT a, 'piped' FROM t")
            # Both are on their way before the server has refused the first.
            pgconn = conn.pgconn
            pgconn.enter_pipeline_mode()
            pgconn.send_query_params(b"INSERT INTO t (a) VALUES ($1)", [b"100"])
            pgconn.send_query_params(b"SELECT b, a, 'never' FROM t WHERE a = $1", [b"100"])
            pgconn.pipeline_sync()
            told = []
            while psycopg.pq.ExecStatus.PIPELINE_SYNC not in told:
                result = pgconn.get_result()
                told += [result.status] if result else []
            assert psycopg.pq.ExecStatus.PIPELINE_ABORTED in told, told
            pgconn.exit_pipeline_mode()
            try:
                conn.execute("SELECT nosuch FROM t WHERE a = %s", (1,))
            except psycopg.errors.UndefinedColumn:
                pass
        """
    )

    assert texts(workload) == [
        "COPY t FROM STDIN",
        "INSERT INTO t (a) VALUES ($1)",
        "INSERT INTO t (b, a) VALUES ($1, $2)",
        "INSERT INTO t VALUES ($1, $2)",
        "SELECT a, $1 FROM t",
        "SELECT a, 'cursor' FROM t WHERE a > $1",
        "SELECT a, 'often' FROM t WHERE a = $1",
        "SELECT id FROM job WHERE state = $1",
        "SELECT nextval($1), $2",
    ]
    assert types(workload, "t VALUES") == [(("int2", "int4"), False), (("",), True)]
    assert types(workload, "job") == [(("public.state",), False)]
    (named,) = [statement for statement in workload.statements if "nextval" in statement.sql]
    assert [one.objects for one in named.parameters] == [("s",), ()]
    assert workload.unrecorded == (f"SELECT b , a , ? FROM t WHERE a = $1: {SKIPPED}",)
    assert "topsecret" not in all_text(tmp_path / "w")
    assert workload.prepares


def test_asyncpg_and_connections_at_the_same_time(wire: Wire) -> None:
    pytest.importorskip("asyncpg")
    workload = wire(
        """
        import asyncpg

        async def main():
            async with asyncpg.create_pool(min_size=8, max_size=8) as pool:
                insert = "INSERT INTO t VALUES ($1, $2)"
                await asyncio.gather(*(pool.execute(insert, n, "x") for n in range(200)))
                assert await pool.fetchval("SELECT count(*) FROM t WHERE b = $1", "x") == 200
                async with pool.acquire() as conn:
                    await conn.copy_records_to_table("t", records=[(n, "y" * 99) for n in range(1000, 9000)])
                    await conn.fetch("SELECT id FROM job WHERE state = $1", "new")
                    async with conn.transaction():
                        rows = conn.cursor("SELECT * FROM t WHERE a > $1", 0)
                        assert len([row async for row in rows]) == 8199

        asyncio.run(main())
        """
    )

    # The driver itself asks for the columns that are copied.
    assert [text for text in texts(workload) if 'FROM "t"' not in text or "COPY" in text] == [
        'COPY "t" FROM STDIN (FORMAT binary)',
        "INSERT INTO t VALUES ($1, $2)",
        "SELECT * FROM t WHERE a > $1",
        "SELECT count(*) FROM t WHERE b = $1",
        "SELECT id FROM job WHERE state = $1",
    ]
    assert not workload.unrecorded
    assert workload.prepares


def test_a_request_to_cancel_reaches_the_server(wire: Wire) -> None:
    workload = wire(
        """
        import threading

        with psycopg.connect(autocommit=True) as conn:
            threading.Timer(0.3, conn.cancel_safe).start()
            try:
                conn.execute("SELECT a, pg_sleep(%s) FROM t RIGHT JOIN (VALUES (1)) v (x) ON true", (60,))
            except psycopg.errors.QueryCanceled:
                pass
            else:
                raise SystemExit("it was not cancelled")
        """
    )

    assert len(workload.statements) == 1


def test_what_a_killed_client_has_sent_is_recorded(wire: Wire) -> None:
    workload = wire(
        """
        import signal

        child = os.fork()
        if not child:
            conn = psycopg.connect(autocommit=True)
            conn.pgconn.send_query_params(b"SELECT a, pg_sleep(0.5) FROM t WHERE a = $1", [b"1"])
            conn.pgconn.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        """
    )

    assert texts(workload) == ["SELECT a, pg_sleep(0.5) FROM t WHERE a = $1"]


def test_a_server_that_goes_away_is_told_to_the_client_and_what_it_left_open_is_not_recorded(
    wire: Wire,
) -> None:
    workload = wire(
        """
        with psycopg.connect() as conn, psycopg.connect(autocommit=True) as other:
            other.execute("SELECT 'before' FROM t")
            try:
                conn.execute("SELECT pg_terminate_backend(pg_backend_pid()) FROM generate_series(1,%s)", (1,))
            except psycopg.OperationalError as error:
                assert "terminating connection" in str(error)
            else:
                raise SystemExit("it is still there")
        """
    )

    assert len(texts(workload)) == 2


def test_the_same_is_recorded_in_the_same_words(wire: Wire, tmp_path: Path) -> None:
    program = """
        with psycopg.connect() as conn:
            for n in {order}:
                conn.execute("SELECT b FROM t WHERE a = " + str(n))
                conn.execute("INSERT INTO t VALUES (%s, %s) ON CONFLICT DO NOTHING", (n, [None, "x"][n - 1]))
        """
    wire(program.replace("{order}", "(1, 2)"))
    first = all_text(tmp_path / "w")
    wire(program.replace("{order}", "(2, 1)"))

    assert all_text(tmp_path / "w") == first


def test_the_command_finds_the_proxy_in_its_environment(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    name = url.split("@/")[1].split("?", maxsplit=1)[0]
    monkeypatch.setenv(
        "DATABASE_URL", f"postgres://postgres:pw@db.example.org:1/{name}?sslmode=require&application_name=x"
    )
    workload = wire(
        """
        url = os.environ["DATABASE_URL"]
        assert url.startswith(f"postgres://postgres:pw@127.0.0.1:{os.environ['PGPORT']}/")
        assert url.endswith("?application_name=x")
        with psycopg.connect(url) as conn:
            conn.execute("SELECT a FROM t")
        """
    )

    assert texts(workload) == ["SELECT a FROM t"]


@pytest.fixture
def waiting(tmp_path: Path, url: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "schemaguard", "record", "--out", "w", "--version", "7", "--wire", url]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def test_without_a_command_it_runs_until_ctrl_c(
    waiting: "subprocess.Popen[str]", tmp_path: Path, url: str
) -> None:
    assert waiting.stderr is not None
    address = waiting.stderr.readline().split()[1]
    host, port = address.split(":")
    name = url.split("@/")[1].split("?", maxsplit=1)[0]
    with psycopg.connect(host=host, port=port, user="postgres", dbname=name) as conn:
        conn.execute("SELECT a FROM t WHERE a = %s", (1,))
    waiting.send_signal(signal.SIGINT)

    assert waiting.wait(20) == 0
    assert texts(read_workload(tmp_path / "w")) == ["SELECT a FROM t WHERE a = $1"]


def test_a_failing_command_and_one_that_sends_nothing(tmp_path: Path, url: str) -> None:
    def run(*command: str) -> int:
        return record_wire(tmp_path / "w", Names(version="7"), command, url=url, listen="127.0.0.1:0")

    assert run(sys.executable, "-c", "raise SystemExit(7)") == 7
    with pytest.raises(NotEnoughEvidence, match="sent no statement") as raised:
        run(sys.executable, "-c", "")
    assert "--listen" in str(raised.value)
    assert not (tmp_path / "w").exists()
