"""What a live server has counted becomes a workload, without values; what is missing is said."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from schemaguard.cli import main
from schemaguard.compat.workload import read_workload
from schemaguard.errors import NoServer
from schemaguard.postgres.embedded import Server, start
from schemaguard.record.constants import Unsure
from schemaguard.record.repairs import repaired

SCHEMA = """
CREATE EXTENSION pg_stat_statements;
CREATE ROLE app LOGIN;
CREATE ROLE reader LOGIN;
CREATE ROLE idle;
CREATE TABLE t (a int PRIMARY KEY, b text, d timestamptz);
GRANT ALL ON t TO app, reader;
SELECT pg_stat_statements_reset();
"""
ASKED = [
    "SELECT b FROM t WHERE a = 5 AND b <> 'topsecret' LIMIT 3",
    "SELECT a, extract(year FROM d) FROM t WHERE d > now() - interval '1 day' OR d > date '2020-01-01'",
    "SELECT coalesce(a, 0), count(*) FROM t GROUP BY coalesce(a, 0), b ORDER BY 1, coalesce(a, 0)",
    "INSERT INTO t VALUES (1, 'topsecret'), (2, NULL)",
    "DECLARE c CURSOR WITH HOLD FOR SELECT a FROM t WHERE b = 'topsecret'",
    "SELECT sum(1 + 2.5) /* topsecret */ FROM t",
    "CREATE TEMP TABLE other (a int)",
    "SELECT 1 FROM pg_catalog.pg_class",
    "SELECT a FROM t WHERE d > now() - interval '2' day to second",
]

CANNOT = "the server cannot prepare it as it was counted"


@pytest.fixture(scope="module")
def counting(major: int) -> Iterator[Server]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(
                start(major, settings={"shared_preload_libraries": "pg_stat_statements"})
            )
        except NoServer as error:
            if 'could not access file "pg_stat_statements"' not in str(error):
                raise
            pytest.skip(f"the PostgreSQL {major} at hand comes without pg_stat_statements")
        with psycopg.connect(server.dsn(), autocommit=True) as conn:
            conn.execute(SCHEMA)
            conn.execute("CREATE DATABASE empty")
        yield server


def dsn(server: Server, user: str, dbname: str = "postgres") -> str:
    return make_conninfo(server.dsn(dbname), user=user)


@pytest.mark.majors
def test_what_a_user_has_asked_is_a_workload(counting: Server, tmp_path: Path) -> None:
    with psycopg.connect(dsn(counting, "app"), autocommit=True) as conn:
        for sql in ASKED:
            conn.execute(sql)
        conn.execute("SELECT d FROM t WHERE a = %s AND b = %s", (1, "x"), prepare=True)
    with psycopg.connect(dsn(counting, "reader"), autocommit=True) as conn:
        conn.execute("SELECT b, 'of another user' FROM t")

    options = ["record", "--out", str(tmp_path / "w"), "--version", "7"]
    assert main([*options, "--from-statements", dsn(counting, "postgres"), "--user", "app"]) == 0

    workload = read_workload(tmp_path / "w")
    assert sorted(statement.sql for statement in workload.statements) == [
        "INSERT INTO t VALUES ($1, $2), ($3, $4)",
        "SELECT a FROM t WHERE b = $1",
        'SELECT a, "extract"($1, d) FROM t WHERE d > now() - CAST($2 AS interval) OR d > CAST($3 AS date)',
        "SELECT b FROM t WHERE a = $1 AND b <> $2 LIMIT $3",
        "SELECT coalesce(a, $1), count(*) FROM t GROUP BY coalesce(a, $1), b ORDER BY 1, coalesce(a, $1)",
        "SELECT d FROM t WHERE a = $1 AND b = $2",
    ]
    assert [one.split(": ", 2)[1:] for one in workload.unrecorded] == [
        [CANNOT, 'syntax error at or near "$1"'],
        [CANNOT, "operator is not unique: unknown + unknown"],
    ]
    assert "topsecret" not in "".join(file.read_text() for file in (tmp_path / "w").rglob("*.*"))
    assert workload.driver == "pg_stat_statements"


@pytest.mark.majors
def test_what_is_missing_is_said(
    counting: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(url: str, *options: str) -> tuple[int, str]:
        out = ["--out", str(tmp_path / "w")]
        return main(["record", *out, "--from-statements", url, *options]), capsys.readouterr().err

    code, text = said(dsn(counting, "postgres", "empty"))
    assert (code, "does not have the extension pg_stat_statements" in text) == (4, True)
    code, text = said(dsn(counting, "reader"))
    assert (code, "GRANT pg_read_all_stats TO reader" in text) == (4, True)
    code, text = said(dsn(counting, "postgres"), "--user", "nobody")
    assert (code, "there is no user nobody" in text) == (2, True)
    code, text = said(dsn(counting, "postgres"), "--user", "idle")
    assert (code, "sent no statement that could be recorded" in text) == (3, True)
    with psycopg.connect(dsn(counting, "postgres"), autocommit=True) as conn:
        conn.execute("DROP EXTENSION pg_stat_statements; CREATE EXTENSION pg_stat_statements VERSION '1.8'")
        code, text = said(dsn(counting, "postgres"))
        conn.execute("DROP EXTENSION pg_stat_statements; CREATE EXTENSION pg_stat_statements")
    assert (code, "ALTER EXTENSION pg_stat_statements UPDATE" in text) == (4, True)
    assert not (tmp_path / "w").exists()


@pytest.mark.majors
def test_a_server_that_does_not_collect_and_one_without_the_extension_are_told_apart(
    major: int, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["record", "--out", str(tmp_path / "w"), "--from-statements", database]
    assert main(options) == 4
    assert "does not have the extension" in capsys.readouterr().err
    with psycopg.connect(database, autocommit=True) as conn:
        try:
            conn.execute("CREATE EXTENSION pg_stat_statements")
        except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
            pytest.skip(f"the PostgreSQL {major} at hand comes without pg_stat_statements")

    assert main(options) == 4
    assert "shared_preload_libraries" in capsys.readouterr().err


@pytest.mark.majors
def test_statements_that_were_forgotten_keep_the_workload_from_being_whole(
    major: int, tmp_path: Path
) -> None:
    settings = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.max": "100"}
    with ExitStack() as stack:
        try:
            server = stack.enter_context(start(major, settings=settings))
        except NoServer as error:
            if 'could not access file "pg_stat_statements"' not in str(error):
                raise
            pytest.skip(f"the PostgreSQL {major} at hand comes without pg_stat_statements")
        with psycopg.connect(server.dsn(), autocommit=True) as conn:
            conn.execute("CREATE EXTENSION pg_stat_statements")
            conn.execute("CREATE TABLE t (a int)")
            for number in range(150):
                conn.execute(f"SELECT {'a, ' * number} a FROM t")
        out = ["--out", str(tmp_path / "w"), "--version", "7"]
        assert main(["record", *out, "--from-statements", server.dsn()]) == 0

    assert read_workload(tmp_path / "w").unrecorded == (
        "statements that the server has counted and forgotten, as there were too many",
    )


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("SELECT date $1, d AT TIME ZONE $2 FROM t", "SELECT CAST($1 AS date), d AT TIME ZONE $2 FROM t"),
        (
            "SELECT DISTINCT ON (a + 5) a + $1 FROM t ORDER BY a + 5 DESC",
            "SELECT DISTINCT ON (a + $1) a + $1 FROM t ORDER BY a + $1 DESC",
        ),
        ("SELECT a + $1, b FROM t GROUP BY a + 5, b", "SELECT a + $1, b FROM t GROUP BY a + $1, b"),
        ("SELECT nextval($1), b::numeric(10, 2) FROM t", "SELECT nextval($1), b::numeric(10, 2) FROM t"),
        ("SELECT d - interval $1 day FROM t", "SELECT d - CAST($1 AS interval day) FROM t"),
        (
            "SELECT json_build_object($1, a, $2, $3 + a)",
            "SELECT json_build_object($1::text, a, $2::text, $3 + a)",
        ),
        ("INSERT INTO t VALUES ($1, NULL)", "INSERT INTO t VALUES ($1, NULL)"),
    ],
)
def test_texts_are_made_whole(text: str, whole: str) -> None:
    assert repaired(text) == whole


@pytest.mark.parametrize(
    "text", ["SELECT $1 FROM t WHERE b = 'secret'", "SELECT a FROM t GROUP BY a + 5, b + $1"]
)
def test_constants_that_were_left_are_not_kept(text: str) -> None:
    with pytest.raises(Unsure, match="left a constant"):
        repaired(text)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--user", "x"], "--user belongs to --from-statements or --from-log"),
        (["--from-statements", "postgresql://x", "--wire", "postgresql://x"], "two recordings"),
        (["--from-statements", "postgresql://x", "--", "true"], "leave the command out"),
        (["--application", "x", "--wire", "postgresql://x"], "--application belongs to --from-log"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["record", "--out", str(tmp_path / "w"), *options]) == 2

    assert said in capsys.readouterr().err
