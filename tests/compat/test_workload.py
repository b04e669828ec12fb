"""Workloads are read as they were written, and what is no workload is refused."""

from pathlib import Path

import pytest

from schemaguard.compat.workload import (
    Parameter,
    Workload,
    kind_of,
    query,
    read_workload,
    write_workload,
)
from schemaguard.errors import InputError

FIND = query(
    "SELECT id FROM t WHERE a = $1 AND b = 'ü\"\\'",
    "shop.find",
    [Parameter(("int2", "int4"), null=True)],
    origin=("shop/a.py:3",),
)
NEXT = query("SELECT nextval($1)", "shop.next", [Parameter(objects=("t_id_seq",))], many=True)
WORKLOAD = Workload(
    version="1.2",
    app='the "shop"',
    driver="psycopg 3.3",
    role="shop_app",
    statements=tuple(sorted((FIND, NEXT), key=lambda q: q.id)),
    unrecorded=("a template string sent at a.py:1",),
)


def test_a_workload_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_workload(tmp_path / "w", WORKLOAD)

    assert read_workload(tmp_path / "w") == WORKLOAD


def test_a_statement_is_a_file_of_sql_with_its_facts_in_comments(tmp_path: Path) -> None:
    write_workload(tmp_path / "w", WORKLOAD)

    text = (tmp_path / "w" / "stmt" / f"{FIND.id}.sql").read_text(encoding="utf-8")

    assert text.endswith(FIND.sql + "\n")
    assert '-- @sg params = [{ t = ["int2", "int4"], null = true }]\n' in text


def test_a_lost_statement_is_noticed(tmp_path: Path) -> None:
    write_workload(tmp_path / "w", WORKLOAD)
    (tmp_path / "w" / "stmt" / f"{FIND.id}.sql").unlink()

    with pytest.raises(InputError, match="2 statements are announced, 1 are there"):
        read_workload(tmp_path / "w")


def test_an_edited_statement_is_noticed(tmp_path: Path) -> None:
    write_workload(tmp_path / "w", WORKLOAD)
    file = tmp_path / "w" / "stmt" / f"{FIND.id}.sql"
    file.write_text(file.read_text(encoding="utf-8").replace("id FROM", "x FROM"), encoding="utf-8")

    with pytest.raises(InputError, match="not the one that its id was made of"):
        read_workload(tmp_path / "w")


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "is missing"), ("format = ", "not TOML"), ('format = "other/3"', "another format")],
)
def test_a_directory_that_is_no_workload_is_refused(tmp_path: Path, content: str | None, told: str) -> None:
    if content is not None:
        (tmp_path / "workload.toml").write_text(content, encoding="utf-8")

    with pytest.raises(InputError, match=told):
        read_workload(tmp_path)


def test_named_statements_in_one_file_are_a_workload(tmp_path: Path) -> None:
    file = tmp_path / "v7.sql"
    file.write_text(
        "-- of the shop\n-- name: find^\nSELECT id FROM t\nWHERE a = :a AND b = :b;\n"
        "-- name: add!\nINSERT INTO t VALUES (%(x)s, '::no');\n",
        encoding="utf-8",
    )

    workload = read_workload(file)

    assert workload.version == "v7"
    assert [(q.name, q.kind, len(q.parameters)) for q in workload.statements] == [
        ("find", "select", 2),
        ("add", "insert", 1),
    ]
    assert workload.statements[0].origin == (f"{file}:2",)


@pytest.mark.parametrize("content", ["", "\n", "-- none yet\n"])
def test_a_file_without_any_statement_is_an_empty_workload(tmp_path: Path, content: str) -> None:
    (tmp_path / "w.sql").write_text(content, encoding="utf-8")

    assert read_workload(tmp_path / "w.sql").statements == ()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("SELECT 1;", "no statement with a name"),
        ("SELECT 1;\n-- name: two\nSELECT 2;", "SQL before the first name"),
        ("-- name: one\nSELECT 1;\n-- name: two\n-- soon", r"w.sql:3:1: two has no SQL"),
    ],
)
def test_no_statement_of_a_file_is_passed_over(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "w.sql").write_text(content, encoding="utf-8")

    with pytest.raises(InputError, match=told):
        read_workload(tmp_path / "w.sql")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("select 1", "select"),
        ("(SELECT 1) UNION (SELECT 2)", "select"),
        ("WITH a AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM a", "select"),
        ("WITH a AS (SELECT 1) DELETE FROM t USING a", "delete"),
        ("/* x */ UPDATE t SET a = (SELECT 1)", "update"),
        ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", "merge"),
        ("COPY t FROM stdin", "copy"),
    ],
)
def test_the_kind_of_a_statement_is_its_own_and_not_that_of_a_part(sql: str, kind: str) -> None:
    assert kind_of(sql) == kind


@pytest.mark.parametrize("driver", ["psycopg 3.3.9", "asyncpg 0.30", ""])
def test_a_driver_that_may_prepare_statements_counts_as_one_that_does(driver: str) -> None:
    assert Workload(version="1", driver=driver).prepares


def test_psycopg2_prepares_nothing() -> None:
    assert not Workload(version="1", driver="psycopg2 2.9.10").prepares
