"""lint --schema and --database-url: the schema before the migrations as it really is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from schemaguard.names import Relation
from schemaguard.postgres.connect import connect
from schemaguard.postgres.target import read_target
from tests.sources.revisions import Revisions
from tests.test_cli import lint_sql, schemaguard

GIVEN = """
CREATE TABLE account (id bigint PRIMARY KEY, name varchar(20), email text);
INSERT INTO account SELECT n, 'x', 'y' FROM generate_series(1, 20000) AS n;
CREATE TABLE small (id bigint PRIMARY KEY, name varchar(20));
INSERT INTO small SELECT n, 'x' FROM generate_series(1, 120) AS n;
CREATE TABLE never_analyzed (id bigint);
INSERT INTO never_analyzed SELECT generate_series(1, 1000);
CREATE TABLE visit (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE visit_2020 PARTITION OF visit FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE visit_2021 PARTITION OF visit FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO visit SELECT n, '2020-03-01' FROM generate_series(1, 3000) AS n;
INSERT INTO visit SELECT n, '2021-03-01' FROM generate_series(1, 2000) AS n;
ANALYZE account; ANALYZE small; ANALYZE visit;
"""


def findings(tmp_path: Path, sql: str, *words: str) -> list[dict[str, Any]]:
    done = lint_sql(tmp_path, sql, "--format", "json", *words)
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def rules(found: list[dict[str, Any]]) -> dict[str, str]:
    return {finding["rule"]: finding["severity"] for finding in found}


def test_with_a_dump_the_old_type_is_known(tmp_path: Path) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text("CREATE TABLE public.account (id bigint NOT NULL, name character varying(20));")
    sql = "SET lock_timeout = '1s'; ALTER TABLE account ALTER COLUMN name TYPE varchar(40)"

    assert "rewriting-type-change" in rules(findings(tmp_path, sql))
    assert "rewriting-type-change" not in rules(findings(tmp_path, sql, "--schema", str(schema)))


def test_what_a_dump_holds_that_is_not_read_is_said_on_standard_error(tmp_path: Path) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text("CREATE TABLE public.account (id bigint);\nCREATE FROBNICATOR f;\n")

    done = lint_sql(tmp_path, "ALTER TABLE account ADD fax text", "--schema", str(schema))

    assert done.returncode == 0
    assert "1 of 2 statements is not read" in done.stderr
    assert "schema.sql:2:1: " in done.stderr
    assert "not read" not in done.stdout


def test_a_dump_that_is_not_there_exits_2(tmp_path: Path) -> None:
    done = lint_sql(tmp_path, "SELECT 1", "--schema", str(tmp_path / "none.sql"))

    assert done.returncode == 2
    assert "none.sql: there is no such file" in done.stderr


@pytest.mark.majors
def test_a_database_tells_its_schema_version_and_sizes(
    tmp_path: Path, major: int, database_with: Callable[[str], str]
) -> None:
    url = database_with(GIVEN)
    sql = """
    ALTER TABLE account ALTER COLUMN name TYPE varchar(40);
    CREATE INDEX account_email ON account (email);
    CREATE INDEX small_name ON small (name);
    """
    done = lint_sql(tmp_path, sql, "--format", "json", "--database-url", url)

    document = json.loads(done.stdout)
    built = [finding for finding in document["findings"] if finding["rule"] == "blocking-index"]
    assert document["postgres"] == major
    assert "rewriting-type-change" not in rules(document["findings"])
    assert [finding["severity"] for finding in built] == ["error", "warning"]
    assert [finding["estimate"]["rows"] for finding in built] == [20_000, 120]
    assert built[0]["estimate"]["bytes"] > 500_000
    assert "about 120 rows" in built[1]["message"]


@pytest.mark.majors
def test_which_release_the_server_is_the_server_tells(database_with: Callable[[str], str]) -> None:
    dsn = database_with("")
    with connect(dsn) as conn:
        version = conn.info.server_version

    server = read_target(dsn).server

    assert (server.major or 0) * 10_000 + (server.minor or 0) == version


@pytest.mark.majors
def test_partitions_count_for_their_table_and_what_was_never_analyzed_is_unknown(
    database_with: Callable[[str], str],
) -> None:
    server = read_target(database_with(GIVEN)).server

    assert server.rows[Relation("public", "visit")] == 5000
    assert server.bytes[Relation("public", "visit")] == (
        server.bytes[Relation("public", "visit_2020")] + server.bytes[Relation("public", "visit_2021")]
    )
    assert Relation("public", "never_analyzed") not in server.rows
    assert server.bytes[Relation("public", "never_analyzed")] > 0


def test_the_defaults_of_role_and_database_count(tmp_path: Path, database_with: Callable[[str], str]) -> None:
    url = database_with("CREATE TABLE account (id bigint, at timestamp)")
    name = str(conninfo_to_dict(url)["dbname"])
    with connect(url) as conn:
        conn.execute(f"ALTER DATABASE {name} SET lock_timeout = '2s'".encode())
        conn.execute(f"ALTER DATABASE {name} SET timezone = 'UTC'".encode())

    assert findings(tmp_path, "ALTER TABLE account ADD fax text", "--database-url", url) == []
    zoned = "ALTER TABLE account ALTER COLUMN at TYPE timestamptz"
    assert "rewriting-type-change" not in rules(findings(tmp_path, zoned, "--database-url", url))


def test_another_major_wins_over_the_server_with_a_note(
    tmp_path: Path, major: int, database_with: Callable[[str], str]
) -> None:
    other = 14 if major != 14 else 15
    url = database_with("CREATE TABLE account (id bigint)")
    done = lint_sql(
        tmp_path,
        "ALTER TABLE account ADD fax text",
        "--format",
        "json",
        "--database-url",
        url,
        "--pg",
        str(other),
    )

    document = json.loads(done.stdout)
    assert document["postgres"] == other
    assert document["notes"] == [f"the database is PostgreSQL {major}; linted for {other}, as told"]


def test_no_database_exits_4_and_shows_no_password(tmp_path: Path) -> None:
    url = "postgresql://me:topsecret@127.0.0.1:1/none"
    done = lint_sql(tmp_path, "ALTER TABLE account ADD fax text", "--database-url", url)

    assert done.returncode == 4
    assert "no connection to postgresql://me:***@127.0.0.1:1/none" in done.stderr
    assert "topsecret" not in done.stdout + done.stderr


def test_the_environment_names_no_database_for_lint(tmp_path: Path) -> None:
    file = tmp_path / "change.sql"
    file.write_text("ALTER TABLE account ADD fax text")
    done = schemaguard("lint", file, SCHEMAGUARD_DATABASE_URL="postgresql://127.0.0.1:1/none")

    assert done.returncode == 0


def test_the_database_is_only_read(database_with: Callable[[str], str]) -> None:
    url = database_with("CREATE TABLE account (id bigint)")
    with connect(url) as conn:
        before = conn.execute("SELECT pg_current_xact_id_if_assigned(), txid_current_snapshot()").fetchone()
        read_target(url)
        after = conn.execute("SELECT pg_current_xact_id_if_assigned(), txid_current_snapshot()").fetchone()

    assert before == after


def test_a_locked_table_is_not_waited_for(database_with: Callable[[str], str]) -> None:
    url = database_with("CREATE TABLE account (id bigint)")
    with psycopg.connect(url) as conn:
        conn.execute("LOCK TABLE account")

        with pytest.raises(Exception, match="reading the database: canceling statement due to lock timeout"):
            read_target(url)


VERSIONS = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);"
APPLIED = VERSIONS + "INSERT INTO alembic_version VALUES ('{0}'); CREATE TABLE account (id int);"
REVISIONS = {
    "a1": "op.execute('CREATE TABLE account (id int)')",
    "b2": "op.execute('ALTER TABLE account ADD fax text')",
    "c3": "op.execute('ALTER TABLE account ADD telex text')",
}


def project(root: Path) -> Path:
    revisions = Revisions(root)
    for name, upgrade in REVISIONS.items():
        revisions.add(name, upgrade)
    return root


def test_revisions_that_the_database_has_are_not_linted(
    tmp_path: Path, database_with: Callable[[str], str]
) -> None:
    root = project(tmp_path)
    done = schemaguard(
        "lint", root, "--format", "json", "--database-url", database_with(APPLIED.format("a1"))
    )

    document = json.loads(done.stdout)
    assert [statement["revision"] for statement in document["statements"]] == ["b2", "c3"]
    assert document["notes"] == ["the database is at Alembic revision a1: 1 applied, 2 linted"]


def test_a_revision_that_the_database_has_and_is_asked_about_is_said_to_be_there(
    tmp_path: Path, database_with: Callable[[str], str]
) -> None:
    root = project(tmp_path)
    file = next(root.rglob("*a1*.py"))
    done = schemaguard(
        "lint", file, "--format", "json", "--database-url", database_with(APPLIED.format("b2"))
    )

    assert json.loads(done.stdout)["notes"] == ["the database is at Alembic revision b2: it has a1 already"]


def test_names_without_a_schema_are_looked_up_as_the_role_does(
    tmp_path: Path, database_with: Callable[[str], str]
) -> None:
    url = database_with('CREATE SCHEMA "App"; CREATE TABLE "App".account (id bigint, name varchar(20))')
    name = str(conninfo_to_dict(url)["dbname"])
    with connect(url) as conn:
        conn.execute(f'ALTER DATABASE {name} SET search_path = "App", public, nowhere'.encode())
    sql = (
        "SET lock_timeout = '1s'; ALTER TABLE account ALTER COLUMN name TYPE varchar(40); DROP TABLE account"
    )

    found = findings(tmp_path, sql, "--database-url", url)

    assert rules(found) == {"changed-type": "depends", "dropped-table": "error"}
    assert "App.account" in found[-1]["message"]
