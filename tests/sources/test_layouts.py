"""What each tool makes of its files: what runs, in which transactions."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from schemaguard.commands.linting import lint_paths
from schemaguard.sources.files import find_sql, read_directory, read_sql_file
from schemaguard.text import Source
from tests.sources.test_files import FIXTURES, messages, read, texts

__all__ = ["read"]

CONCURRENTLY = "CREATE INDEX CONCURRENTLY a_b ON a (b);"


def blocks(source: Source) -> list[int | None]:
    return [piece.block for piece in source.pieces]


def runs(source: Source) -> list[str]:
    return [text.split(maxsplit=1)[-1] for text in texts(source)]


# psql


def test_psql_commits_each_statement(read: Callable[..., Source]) -> None:
    assert blocks(read("SELECT 1; BEGIN; SELECT 2; COMMIT;")) == [None] * 4


def test_psql_sends_joined_statements_in_one_message(read: Callable[..., Source]) -> None:
    assert blocks(read("SELECT 1; SELECT 2\\; SELECT 3\\; SELECT 4; SELECT 5;")) == [None, 0, 0, 0, None]


def test_sqitch_runs_each_script_with_psql() -> None:
    sources = read_directory(FIXTURES / "sqitch")

    assert {block for source in sources for block in blocks(source)} == {None}
    assert texts(sources[0])[0] == "BEGIN"


def test_sqitch_without_a_plan_is_in_no_sure_order(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "sqitch.conf").write_text("[core]\n\tengine = pg\n")
    (tmp_path / "deploy" / "a.sql").write_text("SELECT 1;")

    (source,) = read_directory(tmp_path)

    assert source.approximate == ("sqitch.plan is missing: the order is by name",)


def test_sqitch_looks_where_its_configuration_says(tmp_path: Path) -> None:
    (tmp_path / "sql" / "deploy").mkdir(parents=True)
    (tmp_path / "sqitch.conf").write_text('[engine "pg"]\n\tplan_file = x\n[core]\n\ttop_dir = sql\n')
    (tmp_path / "sql" / "sqitch.plan").write_text("%project=a\nb 2024-01-01T00:00:00Z A <a@b.c>\n")
    (tmp_path / "sql" / "deploy" / "b.sql").write_text("SELECT 1;")
    (tmp_path / "sql" / "deploy" / "unplanned.sql").write_text("SELECT 2;")

    assert [path.name for path in find_sql(tmp_path)] == ["b.sql"]


# One message


@pytest.mark.parametrize("name", ["1_a.up.sql", "1_a/migration.sql"])
def test_one_message_is_one_transaction_unless_it_is_one_statement(
    name: str, read: Callable[..., Source]
) -> None:
    assert blocks(read(CONCURRENTLY, name)) == [None]
    assert blocks(read("SELECT 1;" + CONCURRENTLY, name)) == [0, 0]
    assert blocks(read("BEGIN; SELECT 1; COMMIT; SELECT 2; SELECT 3;", name)) == [0, 0, 0, 1, 1]
    assert blocks(read("SELECT 1; ROLLBACK TO SAVEPOINT a; SELECT 2;", name)) == [0, 0, 0]


@pytest.mark.parametrize("name", ["1_a.up.sql", "1_a/migration.sql", "1_a/up.sql"])
def test_what_only_psql_knows_is_a_problem_for_who_sends_the_file_as_it_is(
    name: str, read: Callable[..., Source]
) -> None:
    source = read("\\set a b\nSELECT 1;\nCOPY a FROM STDIN;\n1\n\\.\nSELECT 2;", name)

    assert [problem.place.line for problem in source.problems] == [1, 3]
    assert texts(source) == ["SELECT 1", "SELECT 2"]


@pytest.mark.parametrize("layout", ["golang_migrate", "prisma"])
def test_postgres_refuses_exactly_the_concurrent_builds_that_are_in_a_block(
    layout: str, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        for path in find_sql(FIXTURES / layout):
            source = read_sql_file(path)
            in_block = any(
                "CONCURRENTLY" in piece.text and piece.block is not None for piece in source.pieces
            )
            refused = False
            try:
                conn.execute(path.read_bytes())
            except psycopg.errors.ActiveSqlTransaction:
                refused = True

            assert refused == in_block, path.name


def test_postgres_begins_another_transaction_after_a_commit_in_a_message(
    database: str, read: Callable[..., Source]
) -> None:
    text = "CREATE TABLE a (); COMMIT; CREATE TABLE b (); CREATE TABLE c (); SELECT 1 / 0;"
    source = read(text, "1_a.up.sql")

    with psycopg.connect(database, autocommit=True) as conn:
        with pytest.raises(psycopg.errors.DivisionByZero):
            conn.execute(text.encode())
        conn.rollback()
        made = {
            row[0] for row in conn.execute("SELECT relname FROM pg_class WHERE relname IN ('a', 'b', 'c')")
        }

    assert made == {"a"}
    assert blocks(source) == [0, 0, 1, 1, 1]


# Diesel


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [(None, [0]), ("run_in_transaction = true", [0]), ("run_in_transaction = false", [None])],
)
def test_diesel_runs_in_a_transaction_unless_told_otherwise(
    metadata: str | None, expected: list[int | None], tmp_path: Path, read: Callable[..., Source]
) -> None:
    (tmp_path / "1_a").mkdir()
    if metadata:
        (tmp_path / "1_a" / "metadata.toml").write_text(metadata)

    assert blocks(read(CONCURRENTLY, "1_a/up.sql")) == expected


def test_diesel_without_a_transaction_still_sends_one_message(
    tmp_path: Path, read: Callable[..., Source]
) -> None:
    (tmp_path / "1_a").mkdir()
    (tmp_path / "1_a" / "metadata.toml").write_text("run_in_transaction = false")

    assert blocks(read("SELECT 1; SELECT 2;", "1_a/up.sql")) == [0, 0]


@pytest.mark.parametrize("metadata", ["run_in_transaction = ", "run_in_transaction = 'no'"])
def test_metadata_that_diesel_cannot_read_is_a_problem(
    metadata: str, tmp_path: Path, read: Callable[..., Source]
) -> None:
    (tmp_path / "1_a").mkdir()
    (tmp_path / "1_a" / "metadata.toml").write_text(metadata)

    source = read(CONCURRENTLY, "1_a/up.sql")

    assert blocks(source) == [0]
    assert "metadata.toml" in messages(source)[0]


# Flyway


def test_flyway_runs_a_file_in_a_transaction(read: Callable[..., Source]) -> None:
    assert blocks(read("SELECT 1; SELECT 2;", "V1__a.sql")) == [0, 0]


@pytest.mark.parametrize(
    "statement",
    [
        *("CREATE UNIQUE INDEX CONCURRENTLY i ON a (b)", "drop index /* x */ concurrently i", "VACUUM a"),
        *("CREATE DATABASE a", "ALTER SYSTEM SET a = 1", "REINDEX SCHEMA a", "DISCARD ALL"),
    ],
)
def test_flyway_runs_what_it_knows_to_be_impossible_in_a_transaction_without_one(
    statement: str, read: Callable[..., Source]
) -> None:
    source = read(f"{statement}; {statement};", "V1__a.sql")

    assert blocks(source) == [None, None]
    assert not source.problems


def test_flyway_does_not_know_all_that_is_impossible(read: Callable[..., Source]) -> None:
    assert blocks(read("REINDEX TABLE CONCURRENTLY a;", "V1__a.sql")) == [0]


def test_flyway_refuses_both_kinds_in_one_file(tmp_path: Path, read: Callable[..., Source]) -> None:
    text = "SET lock_timeout = '1s';\n" + CONCURRENTLY

    assert messages(read(text, "V1__a.sql"))[0].startswith("Flyway refuses this file")
    (tmp_path / "flyway.conf").write_text("flyway.mixed=true\n")
    mixed = read(text, "V1__a.sql")
    assert not mixed.problems
    assert blocks(mixed) == [None, None]


def test_flyway_heeds_a_file_s_own_configuration(tmp_path: Path, read: Callable[..., Source]) -> None:
    (tmp_path / "V1__a.sql.conf").write_text("executeInTransaction=false\n")

    assert blocks(read("SELECT 1; SELECT 2;", "V1__a.sql")) == [None, None]


def test_what_flyway_fills_in_is_not_exact(read: Callable[..., Source]) -> None:
    source = read("ALTER TABLE ${table} ADD a int; SELECT '${b}', '$5';", "V1__a.sql")

    assert source.approximate == ("Flyway fills in ${table}", "Flyway fills in ${b}")


def test_flyway_reads_versions_as_numbers_and_callbacks_around_them(tmp_path: Path) -> None:
    names = ["B1__x.sql", "B3__x.sql", "R__b.sql", "R__a.sql", "U4__x.sql", "V1_2__x.sql", "afterMigrate.sql"]
    names += ["V2__x.java", "V1.10__x.sql", "beforeMigrate__a.sql", "sub/V1.9__x.sql", "afterClean.sql"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("SELECT 1;")

    sources = read_directory(tmp_path)

    assert [Path(source.path).name for source in sources] == [
        *("beforeMigrate__a.sql", "B1__x.sql", "V1_2__x.sql", "V1.9__x.sql", "V1.10__x.sql", "V2__x.java"),
        *("R__a.sql", "R__b.sql", "afterMigrate.sql"),
    ]
    assert messages(sources[5]) == ["a migration written in Java: what it runs is not known"]


def test_flyway_reads_the_data_of_copy(read: Callable[..., Source]) -> None:
    assert texts(read("COPY a FROM STDIN;\n';\n\\.\nSELECT 1;", "V1__a.sql")) == [
        "COPY a FROM STDIN",
        "SELECT 1",
    ]


@pytest.mark.majors
@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("SELECT 1; BEGIN; SELECT 2; COMMIT; BEGIN; SELECT 3; COMMIT", "MMSSMSS"),
        ("BEGIN; SELECT 1; BEGIN; COMMIT", "MSSS"),
        ("SELECT 1; COMMIT; SELECT 2; SELECT 3", "MMMM"),
        ("SELECT 1; SET LOCAL lock_timeout = 1000; SELECT 2", "MMM"),
    ],
)
def test_a_message_begins_no_transaction_and_its_own_begin_is_the_first(
    text: str, begun: str, database: str, read: Callable[..., Source]
) -> None:
    """Where PostgreSQL warns that a transaction is open already, or none, the linter says so, too."""
    source = read(text, "1_a.up.sql")
    warned: list[str] = []
    with psycopg.connect(database, autocommit=True) as conn:
        conn.add_notice_handler(lambda diagnostic: warned.append(diagnostic.message_primary or ""))
        conn.execute(text.encode())

    assert "".join(piece.begun.name[0] for piece in source.pieces) == begun
    found = [each for each in lint_paths([Path(source.path)]).reported if each.rule == "nested-transaction"]
    assert len(found) == len(warned), warned
