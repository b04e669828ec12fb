"""Of a table that the history has made all is known, and no more than all that was read exactly."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from schemaguard.commands.linting import lint_paths
from schemaguard.lint import Reported
from schemaguard.postgres.connect import connect
from schemaguard.rule import Severity

ACCOUNT = "CREATE TABLE account (id bigint PRIMARY KEY, name text, CONSTRAINT named CHECK (name <> ''));"
#: What the server refuses after ``ACCOUNT``, with its SQLSTATE.
REFUSED = {
    "ALTER TABLE account DROP COLUMN nope;": "42703",
    "ALTER TABLE account RENAME COLUMN nope TO other;": "42703",
    "CREATE INDEX ON account (nope);": "42703",
    "ALTER TABLE account ADD UNIQUE (name, nope);": "42703",
    "ALTER TABLE account ADD FOREIGN KEY (nope) REFERENCES account;": "42703",
    "ALTER TABLE account ADD CHECK (nope > 0);": "42703",
    "UPDATE account SET nope = 1 WHERE id = 1;": "42703",
    "INSERT INTO account (id, nope) VALUES (1, 2);": "42703",
    "ALTER TABLE account DROP CONSTRAINT nope;": "42704",
    "ALTER TABLE account VALIDATE CONSTRAINT nope;": "42704",
    "DROP TRIGGER nope ON account;": "42704",
    "ALTER TABLE account ADD CONSTRAINT u UNIQUE USING INDEX nope;": "42704",
    "ALTER TABLE account ADD COLUMN name int;": "42701",
}
#: What may have made it, or may not have made the table so.
UNSURE = {
    "of unknown shape": "CREATE TABLE IF NOT EXISTS account (id bigint);",
    "like another": "CREATE TABLE account (LIKE elsewhere);",
    "heir of another": "CREATE TABLE account () INHERITS (elsewhere);",
    "dynamic": f"{ACCOUNT} DO $$ BEGIN EXECUTE format('ALTER TABLE %I ADD nope int', 'account'); END $$;",
    "guarded": f"{ACCOUNT} DO $$ BEGIN IF x() THEN ALTER TABLE account ADD nope int; END IF; END $$;",
    "by a function": f"{ACCOUNT} SELECT add_columns();",
    "in another file": f"{ACCOUNT}\n\\i others.sql\n",
    "not read": f"{ACCOUNT} THIS IS NOTHING;",
    "in another schema": f"SET search_path = app; {ACCOUNT}",
    "taken back": f"BEGIN; {ACCOUNT} ROLLBACK;",
}


def told(directory: Path, *texts: str) -> list[Reported]:
    """What is told of the last of these migrations."""
    for number, text in enumerate(texts):
        (directory / f"{number:03}_m.sql").write_text(text)
    return list(lint_paths([directory / f"{len(texts) - 1:03}_m.sql"]).reported)


def refusals(reported: list[Reported]) -> list[tuple[Severity, str]]:
    return [(one.severity, one.message) for one in reported if one.rule == "refused"]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_a_table_of_the_history_lacks_is_told(tmp_path: Path, sql: str) -> None:
    ((severity, message),) = refusals(told(tmp_path, ACCOUNT, sql))

    assert severity is Severity.ERROR
    assert f"({REFUSED[sql]})" in message


@pytest.mark.majors
def test_the_server_refuses_these(database_with: Callable[[str], str]) -> None:
    with connect(database_with(ACCOUNT)) as conn:
        for sql, state in REFUSED.items():
            with pytest.raises(psycopg.Error) as refused, conn.transaction(force_rollback=True):
                conn.execute(sql.encode())
            assert (sql, refused.value.sqlstate) == (sql, state)


@pytest.mark.parametrize("made", UNSURE.values(), ids=UNSURE)
def test_of_what_may_be_there_nothing_is_said(tmp_path: Path, made: str) -> None:
    assert refusals(told(tmp_path, made, "ALTER TABLE account DROP COLUMN nope;")) == []


def test_if_exists_is_no_mistake(tmp_path: Path) -> None:
    assert refusals(told(tmp_path, ACCOUNT, "ALTER TABLE account DROP COLUMN IF EXISTS nope;")) == []


def test_what_fails_has_no_other_findings(tmp_path: Path) -> None:
    assert [one.rule for one in told(tmp_path, ACCOUNT, "CREATE INDEX ON account (nope);")] == ["refused"]


INEXACT = "-- +goose Up\n-- +goose ENVSUB ON\nALTER TABLE account ADD COLUMN a ${KIND};\n"
GOOSE = "-- +goose Up\n"


@pytest.mark.parametrize("sql", [*REFUSED, "ALTER TABLE account ADD COLUMN b int;"])
def test_after_a_migration_that_is_not_known_exactly_nothing_is_certain(tmp_path: Path, sql: str) -> None:
    """It may have added what is not there, and may not have added what is."""
    inexact = f"{INEXACT}ALTER TABLE account ADD COLUMN b int;\n"
    reported = told(tmp_path, f"{GOOSE}{ACCOUNT}\n", inexact, f"{GOOSE}{sql}\n")

    there = [(Severity.DEPENDS, message) for _, message in refusals(reported)]
    assert refusals(reported) == there
    assert [", as far as could be read (42701)" in message for _, message in there] == [True] * len(there)
    assert len(there) == ("ADD COLUMN" in sql)
    # It may run, so that what it does then is told, too.
    assert not there or "missing-lock-timeout" in {one.rule for one in reported}


def test_of_a_migration_that_is_not_known_exactly_nothing_is_certain_either(tmp_path: Path) -> None:
    last = f"{INEXACT}ALTER TABLE account DROP COLUMN nope;\nALTER TABLE account ADD COLUMN name int;\n"

    ((severity, message),) = refusals(told(tmp_path, f"{GOOSE}{ACCOUNT}\n", last))

    assert severity is Severity.DEPENDS
    assert "has a column name already, as far as could be read (42701)" in message
