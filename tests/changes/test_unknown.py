"""Of what the history does not know: what is certain is said to be, and what hangs on it says on what."""

import pytest

from schemaguard.costs import Lock, Rewrite, Scan, Wait, hangs_on
from schemaguard.lint import SETTLES, Reported, lint
from schemaguard.rule import Severity
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of
from schemaguard.server import Server

QUIET = "SET lock_timeout = '1s';\n"


def reported(sql: str, rule: str, server: Server | None = None) -> list[Reported]:
    frames = frames_of(QUIET + sql, before=SchemaState(), server=server)
    return [finding for finding in lint(frames, all_rules()) if finding.rule == rule]


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("CREATE INDEX i ON account (a)", "blocking-index"),
        ("CREATE INDEX IF NOT EXISTS i ON account (a)", "blocking-index"),
        ("ALTER TABLE account ADD CONSTRAINT c CHECK (a > 3)", "scanning-check"),
        ("ALTER TABLE account ADD FOREIGN KEY (a) REFERENCES other (id)", "scanning-foreign-key"),
        ("ALTER TABLE account ADD UNIQUE (a)", "blocking-unique"),
        ("ALTER TABLE account ADD COLUMN a int DEFAULT random()", "rewriting-column"),
        ("ALTER TABLE account ADD COLUMN a int GENERATED ALWAYS AS IDENTITY", "rewriting-column"),
        ("ALTER TABLE account ALTER COLUMN a TYPE int USING length(a)", "rewriting-type-change"),
        ("ALTER TABLE account DROP COLUMN a", "dropped-column"),
        ("DROP TABLE account", "dropped-table"),
    ],
)
def test_what_is_so_whatever_the_table_looks_like_is_certain(sql: str, rule: str) -> None:
    found = reported(sql, rule)

    assert found
    assert {finding.severity for finding in found} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("sql", "rule", "unless"),
    [
        (
            "ALTER TABLE account ALTER COLUMN a SET NOT NULL",
            "set-not-null",
            "public.account.a is NOT NULL already, or a valid CHECK proves that it is not null",
        ),
        (
            "ALTER TABLE account ALTER COLUMN a TYPE text",
            "rewriting-type-change",
            "public.account.a is text or character varying",
        ),
        (
            "ALTER TABLE account ALTER COLUMN a TYPE varchar(40)",
            "rewriting-type-change",
            "public.account.a is character varying already, and no longer",
        ),
        (
            "ALTER TABLE account ALTER COLUMN a TYPE numeric(10, 2)",
            "rewriting-type-change",
            "public.account.a is numeric already, with no more digits and the same scale",
        ),
        (
            "ALTER TABLE account ALTER COLUMN a TYPE bigint USING a::bigint",
            "rewriting-type-change",
            "public.account.a is bigint",
        ),
        (
            "ALTER TABLE account ADD a varchar(10); ALTER TABLE account ALTER COLUMN a TYPE varchar(40)",
            "rewriting-type-change",
            "no index with an expression or WHERE, and no valid CHECK of public.account uses a",
        ),
        (
            "ALTER TABLE account ADD COLUMN a timestamp; ALTER TABLE account ALTER COLUMN a TYPE timestamptz",
            "rewriting-type-change",
            "the session's time zone is UTC",
        ),
        (
            "ALTER TABLE account ADD COLUMN a int DEFAULT mine()",
            "rewriting-column",
            "mine() calls nothing volatile once it is planned",
        ),
        (
            "ALTER TABLE account ADD PRIMARY KEY USING INDEX i",
            "blocking-unique",
            "all columns of public.account in index i are NOT NULL already",
        ),
        (
            "BEGIN; ALTER TABLE account ADD COLUMN b int; ALTER TABLE account VALIDATE CONSTRAINT c; COMMIT",
            "scan-under-lock",
            "constraint c of public.account is valid already",
        ),
        (
            "ALTER TABLE account SET TABLESPACE fast",
            "rewriting-table",
            "public.account has tablespace fast already",
        ),
        (
            "UPDATE account SET a = 1 WHERE id = 3",
            "update-of-all-rows",
            "a unique index of public.account over id finds the rows",
        ),
    ],
)
def test_what_hangs_on_the_unknown_depends_and_says_on_what(sql: str, rule: str, unless: str) -> None:
    found = reported(sql, rule)

    assert [finding.severity for finding in found] == [Severity.DEPENDS]
    assert f", unless {unless}" in found[0].message
    # Which migration, dump or database would tell, where one would.
    assert found[0].message.endswith(f"({SETTLES})" if "public.account" in unless else unless)
    assert hangs_on(found[0].because) == unless


def test_a_type_change_of_an_unknown_column_may_go_unnoticed() -> None:
    (finding,) = reported("ALTER TABLE account ALTER COLUMN a TYPE text", "changed-type")

    assert finding.severity is Severity.DEPENDS


def test_in_utc_a_timestamp_is_known_to_be_free() -> None:
    sql = "CREATE TABLE account (a timestamp); ALTER TABLE account ALTER COLUMN a TYPE timestamptz"

    assert reported(sql, "rewriting-type-change", Server(time_zone="UTC")) == []


def test_a_proof_that_the_history_has_spares_the_scan_of_an_unknown_table() -> None:
    sql = """
    ALTER TABLE account ADD CONSTRAINT given CHECK (a IS NOT NULL) NOT VALID;
    ALTER TABLE account VALIDATE CONSTRAINT given;
    ALTER TABLE account ALTER COLUMN a SET NOT NULL;
    """

    assert reported(sql, "set-not-null") == []


@pytest.mark.parametrize(
    ("sql", "mode"), [("DROP INDEX i", "ACCESS EXCLUSIVE"), ("REINDEX INDEX i", "SHARE")]
)
def test_the_table_of_an_unknown_index_is_called_so(sql: str, mode: str) -> None:
    (frame,) = frames_of(sql, before=SchemaState())
    (finding,) = [one for one in lint([frame], all_rules()) if one.rule == "missing-lock-timeout"]

    assert f"{mode} on the table of index public.i" in finding.message


def test_a_wait_for_the_table_of_an_unknown_index_says_so() -> None:
    (frame,) = frames_of("DROP INDEX CONCURRENTLY i", before=SchemaState())

    stands_for = {cost.stands_for for cost in frame.costs if isinstance(cost, Lock | Wait)}
    assert stands_for == {"the table of index public.i"}


@pytest.mark.parametrize("kind", ["TABLE", "INDEX", "MATERIALIZED VIEW"])
def test_what_is_in_a_tablespace_is_said_to_be_unknown_once(kind: str) -> None:
    (finding,) = reported(f"ALTER {kind} ALL IN TABLESPACE slow SET TABLESPACE fast", "rewriting-table")

    assert finding.severity is Severity.DEPENDS
    assert "in tablespace slow to fast" in finding.message


@pytest.mark.parametrize(("kind", "rules"), [("TABLE", ["rewriting-table"]), ("INDEX", [])])
def test_of_a_database_that_is_known_only_what_it_has_can_be_in_a_tablespace(
    kind: str, rules: list[str]
) -> None:
    sql = f"{QUIET}ALTER {kind} ALL IN TABLESPACE slow SET TABLESPACE fast"
    found = list(lint(frames_of(sql, given="CREATE TABLE account (id int)"), all_rules()))
    found = [one for one in found if one.severity is Severity.DEPENDS]

    assert [one.rule for one in found] == rules
    assert [hangs_on(one.because) for one in found] == [
        "public.account is in another tablespace than slow" for _ in rules
    ]


def test_a_table_that_is_called_foreign_has_no_rows_to_read() -> None:
    actions = "ALTER COLUMN a SET NOT NULL, ADD CHECK (a > 0), ADD COLUMN b float DEFAULT random()"
    sql = f"{QUIET}ALTER FOREIGN TABLE account {actions}"
    found = lint(frames_of(sql, before=SchemaState()), all_rules())

    assert {one.rule for one in found if isinstance(one.because, Scan | Rewrite)} == set()
