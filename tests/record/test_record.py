"""What the recorder sees of programs that use a database."""

import os
import sys
from pathlib import Path

import pytest

from schemaguard.compat.workload import Query, Workload
from schemaguard.errors import InputError, NotEnoughEvidence, UsageError
from schemaguard.record.names import Names
from schemaguard.record.run import record_command
from tests.record.conftest import Record


def only(workload: Workload) -> Query:
    (found,) = workload.statements
    return found


def test_a_statement_is_recorded_as_the_server_gets_it(record: Record) -> None:
    workload = record(
        """
        def find(conn):
            conn.execute("SELECT b FROM t WHERE a = %(a)s AND b <> %(b)s OR a > %(a)s", {"a": 1, "b": "x"})

        with psycopg.connect(URL) as conn:
            find(conn)
        """
    )

    found = only(workload)
    assert found.sql == "SELECT b FROM t WHERE a = $1 AND b <> $2 OR a > $1"
    assert [parameter.types for parameter in found.parameters] == [("int2",), ("",)]
    assert (found.name, found.kind) == ("find", "select")
    assert found.origin == ("program.py:6",)
    assert workload.driver.startswith("psycopg 3.")
    assert (workload.app, workload.version, workload.role) == ("project", "7", "shop_app")


def test_types_nulls_and_many_rows_add_up(record: Record) -> None:
    workload = record(
        """
        with psycopg.connect(URL) as conn:
            cursor = conn.cursor()
            cursor.executemany("INSERT INTO t VALUES (%s, %s)", ((n, None) for n in (1, 70000)))
            cursor.execute("INSERT INTO t VALUES (%s, %s)", (2, "x"))
        """
    )

    found = only(workload)
    assert found.many
    assert [(p.types, p.null) for p in found.parameters] == [(("int2", "int4"), False), (("",), True)]


def test_no_value_is_kept(record: Record, tmp_path: Path) -> None:
    record(
        """
        with psycopg.connect(URL) as conn:
            conn.execute("INSERT INTO t VALUES (%s, %s)", (1, "topsecret"))
        """
    )

    assert not [file for file in (tmp_path / "w").rglob("*.*") if "topsecret" in file.read_text()]


def test_the_name_of_a_sequence_is_a_need_and_kept(record: Record) -> None:
    workload = record(
        """
        with psycopg.connect(URL) as conn:
            conn.execute("SELECT %s, nextval(%s)", (1, "s"))
        """
    )

    assert [parameter.objects for parameter in only(workload).parameters] == [(), ("s",)]


def test_schema_changes_transactions_and_questions_about_the_catalog_are_left_out(record: Record) -> None:
    with pytest.raises(NotEnoughEvidence, match="no statement"):
        record(
            """
            with psycopg.connect(URL) as conn:
                conn.execute("CREATE TABLE other (a int)")
                conn.execute("SET statement_timeout = 0")
                conn.execute("SELECT relname FROM pg_catalog.pg_class")
                conn.execute("SELECT oid FROM pg_type WHERE typname = %s", ["x"])
            """
        )


def test_a_statement_that_never_worked_is_no_need_and_one_refused_for_its_values_is(record: Record) -> None:
    workload = record(
        """
        with psycopg.connect(URL, autocommit=True) as conn:
            for sql in ("SELECT nosuch FROM t", "INSERT INTO t VALUES (NULL, 'x')"):
                try:
                    conn.execute(sql)
                except psycopg.Error:
                    pass
        """
    )

    assert only(workload).kind == "insert"


def test_every_way_to_send_a_statement_with_psycopg_is_seen_once(record: Record) -> None:
    workload = record(
        """
        with psycopg.connect(URL) as conn:
            list(conn.cursor().stream("SELECT a, 'stream' FROM t WHERE a = %s", [1]))
            with conn.cursor().copy("COPY t FROM STDIN") as copy:
                copy.write_row((1, "x"))
            with conn.cursor(name="server side") as cursor:
                cursor.execute("SELECT a, 'server' FROM t")
            psycopg.ClientCursor(conn).execute("SELECT a, 'client' FROM t WHERE a = %s AND b = %s", [1, "x"])
            psycopg.RawCursor(conn).execute("SELECT a, 'raw' FROM t WHERE a = $1", [1])
            conn.execute(psycopg.sql.SQL("SELECT a, 'composed' FROM {}").format(psycopg.sql.Identifier("t")))
            conn.execute(b"SELECT a, 'bytes' FROM t")
            conn.execute("SELECT '%s', 'no parameters' FROM t")

        async def main():
            async with await psycopg.AsyncConnection.connect(URL) as conn:
                await conn.execute("SELECT a, 'async' FROM t WHERE a = %s", [1])

        asyncio.run(main())
        """
    )

    assert sorted(statement.sql for statement in workload.statements) == [
        "COPY t FROM STDIN",
        "SELECT '%s', 'no parameters' FROM t",
        "SELECT a, 'async' FROM t WHERE a = $1",
        "SELECT a, 'bytes' FROM t",
        "SELECT a, 'client' FROM t WHERE a = $1 AND b = $2",
        "SELECT a, 'composed' FROM \"t\"",
        "SELECT a, 'raw' FROM t WHERE a = $1",
        "SELECT a, 'server' FROM t",
        "SELECT a, 'stream' FROM t WHERE a = $1",
    ]
    client = next(s for s in workload.statements if "client" in s.sql)
    assert [parameter.types for parameter in client.parameters] == [("int4",), ("",)]


STORE = """
    import os
    from sqlalchemy import create_engine, select, text
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

    class Base(DeclarativeBase):
        pass

    class T(Base):
        __tablename__ = "t"
        a: Mapped[int] = mapped_column(primary_key=True)
        b: Mapped[str | None]

    engine = create_engine(os.environ["TEST_URL"].replace("postgresql:", "postgresql+psycopg:"))

    def add(session, *numbers):
        session.add_all([T(a=n, b="x") for n in numbers])
        session.flush()

    def find(session, *numbers):
        return session.scalars(select(T).where(T.a.in_(numbers))).all()
"""
SUITE = {
    "store.py": STORE,
    "test_store.py": """
        import pytest
        from sqlalchemy.orm import Session
        import store

        @pytest.fixture
        def session():
            with Session(store.engine) as session:
                yield session

        @pytest.mark.parametrize("count", [1, 2, 3, 4])
        def test_find(session, count):
            store.add(session, *range(10, 10 + count))
            assert len(store.find(session, *range(10, 10 + count))) == count

        def test_raw(session):
            session.connection().exec_driver_sql("SELECT b FROM t WHERE a = %s", (1,))
        """,
}


@pytest.mark.parametrize(
    "command",
    [("pytest",), ("python", "-m", "pytest"), ("pytest", "-n2"), ("sh", "-c", "pytest -p no:xdist && true")],
    ids=" ".join,
)
def test_a_test_suite_is_recorded_however_it_is_started(
    record: Record, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

    workload = record("", *command, files=SUITE)

    assert sorted((statement.name, statement.kind) for statement in workload.statements) == [
        ("store.add", "insert"),
        ("store.find", "select"),
        ("store.find", "select"),
        ("test_store.test_raw", "select"),
    ]
    assert {place.split(":")[0] for s in workload.statements for place in s.origin} == {
        "store.py",
        "test_store.py",
    }


def test_of_lists_of_many_lengths_the_shortest_and_the_longest_are_kept(record: Record) -> None:
    workload = record("", sys.executable, "-m", "pytest", files=SUITE)

    lists = [len(s.parameters) for s in workload.statements if " IN (" in s.sql]
    assert sorted(lists) == [1, 4]


def test_two_recordings_of_the_same_tests_are_equal(record: Record, tmp_path: Path) -> None:
    contents = []
    for order in ((), ("-p", "no:randomly")):
        record("", sys.executable, "-m", "pytest", *order, files=SUITE)
        contents.append({str(file): file.read_text() for file in sorted((tmp_path / "w").rglob("*.*"))})

    assert contents[0] == contents[1]


def test_migrations_are_no_need_of_the_code(record: Record) -> None:
    workload = record(
        """
        from alembic.migration import MigrationContext
        from alembic.operations import Operations
        from sqlalchemy import create_engine, text
        from store import engine

        with engine.begin() as connection:
            op = Operations(MigrationContext.configure(connection))
            op.execute("UPDATE t SET b = 'filled'")
            connection.execute(text("SELECT b FROM t"))
        """,
        files={"store.py": STORE},
    )

    assert only(workload).kind == "select"


def test_forked_processes_and_threads_are_seen(record: Record) -> None:
    workload = record(
        """
        import threading

        def send(text):
            with psycopg.connect(URL) as conn:
                conn.execute(text)

        send("SELECT 'parent' FROM t")
        child = os.fork()
        if not child:
            send("SELECT 'child' FROM t")
            os._exit(0)
        os.waitpid(child, 0)
        thread = threading.Thread(target=send, args=("SELECT 'thread' FROM t",))
        thread.start()
        thread.join()
        """
    )

    assert len(workload.statements) == 3


def test_the_sites_own_customization_still_runs(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "site")
    workload = record(
        """
        with psycopg.connect(URL) as conn:
            conn.execute(f"SELECT '{os.environ['CUSTOMIZED']}' FROM t")
        """,
        files={"site/sitecustomize.py": "import os; os.environ['CUSTOMIZED'] = 'yes'"},
    )

    assert "yes" in only(workload).sql


def test_a_failing_command_records_nothing_and_gives_its_code(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = record_command(tmp_path / "w", Names(version="1"), [sys.executable, "-c", "raise SystemExit(7)"])

    assert code == 7
    assert "nothing is recorded, because the command ended with exit code 7" in capfd.readouterr().err
    assert not (tmp_path / "w").exists()


def test_a_command_that_sends_nothing_is_not_enough_evidence(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughEvidence, match="sent no statement"):
        record_command(tmp_path / "w", Names(version="1"), [sys.executable, "-c", ""])


def test_a_command_that_does_not_exist_and_no_command_are_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be run"):
        record_command(tmp_path / "w", Names(version="1"), ["no-such-command"])
    with pytest.raises(UsageError, match="no command"):
        record_command(tmp_path / "w", Names(version="1"), [])


def test_a_directory_with_something_else_in_it_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(InputError, match="something else in it"):
        record_command(tmp_path, Names(version="1"), [sys.executable, "-c", ""])

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_another_recording_replaces_the_one_before(record: Record) -> None:
    record('with psycopg.connect(URL) as conn:\n    conn.execute("SELECT 1 FROM t")')
    workload = record('with psycopg.connect(URL) as conn:\n    conn.execute("SELECT 2 FROM t")')

    assert only(workload).sql == "SELECT 2 FROM t"
