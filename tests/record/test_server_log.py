"""What a server has logged becomes a workload: asked of servers that log, in each of their ways."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from schemaguard.cli import main
from schemaguard.compat.workload import Workload, read_workload
from schemaguard.postgres.embedded import Server, start

SCHEMA = """
CREATE TABLE t (a int PRIMARY KEY, b text);
CREATE SEQUENCE s;
CREATE ROLE app LOGIN;
GRANT ALL ON t TO app;
GRANT ALL ON s TO app;
"""
LAST = "SELECT 'it is written'"


@contextmanager
def logging(major: int, form: str, **settings: str) -> Iterator[Server]:
    basic = {
        "logging_collector": "on",
        "log_destination": form,
        "log_directory": "log",
        "log_filename": "it.log",
    }
    with start(major, settings={**basic, **settings}) as server:
        with psycopg.connect(server.dsn(), autocommit=True) as conn:
            conn.execute(SCHEMA.encode())
        yield server


def log_of(server: Server, form: str) -> Path:
    """The log, when all that was logged is in it."""
    file = server.socket / "log" / f"it.{form.removesuffix('log')}"
    with psycopg.connect(server.dsn(), autocommit=True) as conn:
        conn.execute(LAST)
    deadline = time.monotonic() + 20
    while "it is written" not in file.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return file


def ask(server: Server) -> None:
    dsn = make_conninfo(server.dsn(), user="app", application_name="shop-1.4")
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("INSERT INTO t VALUES (1, 'topsecret'), (2, NULL)")
        conn.execute("INSERT INTO t (a, b) VALUES (%s, %s)", (5, "it's \n topsecret"))
        conn.execute("INSERT INTO t (a, b) VALUES (%s, %s)", (6, None))
        conn.execute("SELECT nextval(%s), a FROM t", ("s",))
        for sql in (
            "SELECT nosuch FROM t",
            "INSERT INTO t VALUES (1, 'twice')",
            "SELECT 1 FROM t; SELECT nosuch FROM t",
            "SELECT b FROM t; DELETE FROM t WHERE b = 'topsecret'",
        ):
            with suppress(psycopg.Error):
                conn.execute(sql.encode())
        for sql in ("SELECT nosuch FROM t", "SELECT a FROM t", "SELECT nosuch, b FROM t"):
            with suppress(psycopg.Error):
                conn.execute(f"{sql} WHERE a = %s".encode(), (1,))
        conn.execute("PREPARE p AS SELECT a, b FROM t WHERE a = $1")
        conn.execute("EXECUTE p (7)")
        with conn.cursor().copy("COPY t FROM STDIN") as copy:
            copy.write_row((50, "topsecret"))


EXPECTED = [
    "COPY t FROM STDIN",
    "DELETE FROM t WHERE b = $1",
    "INSERT INTO t (a, b) VALUES ($1, $2)",
    "INSERT INTO t VALUES ($1, $2)",
    "INSERT INTO t VALUES ($1, $2), ($3, $4)",
    "SELECT a FROM t WHERE a = $1",
    "SELECT a, b FROM t WHERE a = $1",
    "SELECT b FROM t",
    "SELECT nextval($1), a FROM t",
]


def texts(workload: Workload) -> list[str]:
    return sorted(statement.sql for statement in workload.statements)


@pytest.mark.parametrize(
    "settings", [{"log_statement": "all"}, {"log_min_duration_statement": "0"}], ids=["statement", "duration"]
)
@pytest.mark.parametrize("form", ["csvlog", "jsonlog"])
def test_what_was_asked_is_recorded_without_its_values(
    major: int, tmp_path: Path, form: str, settings: dict[str, str]
) -> None:
    if form == "jsonlog" and major < 15:
        pytest.skip("PostgreSQL 14 does not log in JSON")
    with logging(major, form, **settings) as server:
        ask(server)
        with psycopg.connect(server.dsn(), autocommit=True) as conn:
            conn.execute("SELECT a, 'of another user' FROM t")
        log = log_of(server, form)
        options = ["record", "--out", str(tmp_path / "w"), "--version", "7", "--from-log", str(log)]
        assert main([*options, "--user", "app", "--application", "shop-1.4"]) == 0

    workload = read_workload(tmp_path / "w")
    assert texts(workload) == EXPECTED
    # The log does not say which of the two it was.
    assert workload.unrecorded == (
        "SELECT ? FROM t: was sent in one message with one that failed",
        "SELECT nosuch FROM t: was sent in one message with one that failed",
    )
    (add,) = [statement for statement in workload.statements if "(a, b)" in statement.sql]
    assert [one.null for one in add.parameters] == [False, True]
    (named,) = [statement for statement in workload.statements if "nextval" in statement.sql]
    assert named.parameters[0].objects == ("s",)
    assert "topsecret" not in "".join(file.read_text() for file in (tmp_path / "w").rglob("*.*"))


@pytest.fixture
def logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a log in JSON of these entries."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, *given: dict[str, str]) -> Path:
        common = {"error_severity": "LOG", "session_id": "1", "dbname": "shop", "user": "app"}
        (tmp_path / name).write_text("".join(f"{json.dumps({**common, **one})}\n" for one in given))
        return tmp_path / name

    return write


def read(*files: Path, **options: str) -> Workload:
    given = [f"--{name}={value}" for name, value in options.items()]
    assert main(["record", "--out", "w", "--version", "7", *given, "--from-log", *map(str, files)]) == 0
    return read_workload(Path("w"))


def test_a_session_goes_on_in_the_next_file(logged: Callable[..., Path]) -> None:
    first = logged(
        "1.json", {"message": "statement: SELECT a FROM t"}, {"message": "statement: SELECT nosuch FROM t"}
    )
    error = {
        "error_severity": "ERROR",
        "state_code": "42703",
        "message": "column",
        "statement": "SELECT nosuch FROM t",
    }
    second = logged("2.json", error, {"message": "statement: SELECT b FROM t"})

    workload = read(first, second)
    assert texts(workload) == ["SELECT a FROM t", "SELECT b FROM t"]
    assert not workload.prepares


def test_an_error_without_its_statement_is_that_of_the_last_one(logged: Callable[..., Path]) -> None:
    error = {"error_severity": "ERROR", "state_code": "42703", "message": "column"}
    log = logged(
        "it.json", {"message": "statement: SELECT a FROM t"}, {"message": "statement: SELECT x FROM t"}, error
    )

    assert texts(read(log)) == ["SELECT a FROM t"]


def test_what_cannot_be_read_is_not_lost_in_silence(logged: Callable[..., Path]) -> None:
    log = logged(
        "it.json",
        {"message": 'fastpath function call: "lo_open" (OID 952)'},
        {
            "message": "duration: 1.5 ms  execute S_1/C_2: SELECT a FROM t WHERE b = $1",
            "detail": "Parameters: $1 = 'x'",
        },
        {"message": "statement: SELECT a FROM t WHERE b = X'1F'"},
    )
    log.write_text(log.read_text() + '{"error_severity": "LO')

    workload = read(log)
    assert texts(workload) == ["SELECT a FROM t WHERE b = $1"]
    assert workload.prepares
    assert workload.unrecorded == (
        "SELECT a FROM t WHERE b = ?: cannot be kept without its values: it has a constant X'...'",
        "a call of a function by its number",
        "an entry of it.json that is not whole",
    )


def test_of_several_databases_one_has_to_be_chosen(
    logged: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    log = logged(
        "it.json",
        {"message": "statement: SELECT a FROM t"},
        {"message": "statement: SELECT b FROM t", "dbname": "blog"},
    )

    assert main(["record", "--out", "w", "--from-log", str(log)]) == 2
    assert "several databases: blog, shop" in capsys.readouterr().err
    assert texts(read(log, database="blog")) == ["SELECT b FROM t"]


@pytest.mark.parametrize(
    "text", ["2026-11-28 07:17:55 UTC [6420] LOG:  statement: SELECT 1\n", "{}\n", "[1]\n"]
)
def test_what_is_no_log_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (tmp_path / "it.log").write_text(text)

    for file in ("it.log", "nosuch.log"):
        assert main(["record", "--out", str(tmp_path / "w"), "--from-log", str(tmp_path / file)]) == 2
    said = capsys.readouterr().err
    assert "is no log in JSON or CSV" in said
    assert "cannot be read" in said


def test_a_log_without_statements_is_not_enough_evidence(
    logged: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    log = logged(
        "it.json", {"message": "Anweisung: SELECT a FROM t"}, {"message": "checkpoint starting: time"}
    )

    assert main(["record", "--out", "w", "--from-log", str(log)]) == 3
    assert "lc_messages" in capsys.readouterr().err
