"""The command line: exit codes by kind, clear sentences, machine output alone on standard output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemaguard.cli import COMMANDS, main
from tests.terminal import here

ROOT = Path(__file__).parents[1]


def schemaguard(*words: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "schemaguard", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
        timeout=120,
    )


def lint_sql(tmp_path: Path, sql: str, *words: str) -> subprocess.CompletedProcess[str]:
    file = tmp_path / "change.sql"
    file.write_text(sql)
    return here("lint", file, *words, cwd=ROOT)


def test_help_names_every_command_and_the_exit_codes() -> None:
    done = schemaguard("--help")

    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)
    assert "exit codes" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str) -> None:
    done = here(command, "--help", cwd=ROOT)

    assert done.returncode == 0
    assert "usage: schemaguard" in done.stdout
    assert len(done.stdout) > 200


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("lnit", "x.sql"), "schemaguard lint"),
        (("apply", "--phse", "expand"), "--phase"),
        (("apply", "--phase", "expnd"), "expand"),
        (("status", "--databse-url=postgresql:///shop"), "--database-url"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_right_one(words: tuple[str, ...], meant: str) -> None:
    done = schemaguard(*words)

    assert done.returncode == 2
    assert f"Did you mean `{meant}`?" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("apply", "--database", "postgresql:///shop"), ("record", "--", "pytest", "--version=2", "--outt")],
)
def test_what_is_right_is_not_answered_with_another_word(words: tuple[str, ...]) -> None:
    done = schemaguard(*words)

    assert done.returncode == 2
    assert "are required" in done.stderr
    assert "Did you mean" not in done.stderr


def test_a_clean_migration_exits_0(tmp_path: Path) -> None:
    done = lint_sql(tmp_path, "SET lock_timeout = '1s';\nALTER TABLE account ADD COLUMN fax text;\n")

    assert done.returncode == 0
    assert done.stdout == "1 migration, 2 statements: clean\n"


def test_an_error_exits_1_and_shows_place_rule_and_advice(tmp_path: Path) -> None:
    done = lint_sql(tmp_path, "SET lock_timeout = '1s';\n\n  ALTER TABLE account DROP COLUMN fax;\n")

    assert done.returncode == 1
    assert f"{tmp_path / 'change.sql'}:3:3: error dropped-column" in done.stdout
    assert "contract migration" in done.stdout


def test_warnings_exit_0_unless_asked_otherwise(tmp_path: Path) -> None:
    sql = "ALTER TABLE account ADD COLUMN fax text;"

    assert lint_sql(tmp_path, sql).returncode == 0
    assert lint_sql(tmp_path, sql, "--fail-on", "warning").returncode == 1


def test_json_is_alone_on_standard_output(tmp_path: Path) -> None:
    file = tmp_path / "change.sql"
    file.write_text("CREATE INDEX account_email ON account (email);")
    done = schemaguard("lint", file, "--format", "json", "--pg", "17")

    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert (document["version"], document["postgres"]) == (1, 17)
    assert document["summary"] == {
        "migrations": 1, "statements": 1, "errors": 1, "warnings": 1, "depends": 0, "unread": 0,
    }  # fmt: skip
    [error] = [finding for finding in document["findings"] if finding["severity"] == "error"]
    assert (error["rule"], error["line"], error["column"], error["end_column"]) == (
        "blocking-index",
        1,
        1,
        46,
    )
    assert error["because"] == {"kind": "BuildIndex", "relation": "public.account", "under": "SHARE"}
    assert document["statements"][0]["costs"] == [
        {"kind": "Lock", "relation": "public.account", "mode": "SHARE"},
        {"kind": "BuildIndex", "relation": "public.account", "under": "SHARE"},
    ]


def test_broken_sql_is_an_error_with_its_place_and_the_rest_is_linted(tmp_path: Path) -> None:
    done = lint_sql(tmp_path, "ALTER TABEL account ADD x int;\nDROP TABLE account;\n", "--format", "json")

    found = [(f["rule"], f["line"]) for f in json.loads(done.stdout)["findings"]]
    assert done.returncode == 1
    assert ("unread", 1) in found
    assert ("dropped-table", 2) in found


def test_a_statement_that_nobody_modelled_is_never_passed_in_silence(tmp_path: Path) -> None:
    done = lint_sql(tmp_path, "FROBNICATE account;")

    assert done.returncode == 1
    assert "unread" in done.stdout
    assert "FROBNICATE" in done.stdout


def test_a_comment_allows_a_rule_at_its_statement_alone(tmp_path: Path) -> None:
    sql = """\
SET lock_timeout = '1s';
-- schemaguard: allow dropped-column (nobody has used it since May)
ALTER TABLE account DROP COLUMN fax;
ALTER TABLE account DROP COLUMN telex;
"""
    done = lint_sql(tmp_path, sql, "--format", "json")

    assert [f["line"] for f in json.loads(done.stdout)["findings"]] == [4]


def test_a_contract_migration_may_drop(tmp_path: Path) -> None:
    sql = "-- schemaguard: phase=contract\n\nSET lock_timeout = '1s';\nALTER TABLE account DROP COLUMN fax;\n"

    assert lint_sql(tmp_path, sql).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lint", "nowhere.sql"), "nowhere.sql: there is no such file"),
        (("lint", "empty"), "empty"),
        (("lint", "binary.sql"), "binary.sql"),
        (("lint", "good.sql", "--ignore", "droped-column"), "Did you mean 'dropped-column'?"),
        (("lint", "good.sql", "--pg", "9"), "PostgreSQL 9 is not supported"),
        (("explain", "set-notnull"), "Did you mean 'set-not-null'?"),
        (("deployed", "1", "--application-name", "x"), "--database-url"),
    ],
)
def test_wrong_input_exits_2_and_says_what_to_do(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary.sql").write_bytes(b"SELECT 1;\0\0\1\2")
    (tmp_path / "good.sql").write_text("BEGIN;")

    done = here(*words, cwd=tmp_path)

    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_misspelt_setting_is_answered_with_the_right_one(tmp_path: Path) -> None:
    (tmp_path / "schemaguard.toml").write_text("fail-onn = 'error'\n")
    (tmp_path / "good.sql").write_text("BEGIN;")

    done = schemaguard("lint", "good.sql", cwd=tmp_path)

    assert done.returncode == 2
    assert "schemaguard.toml: there is no setting 'fail-onn'" in done.stderr
    assert "Did you mean 'fail_on'?" in done.stderr


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:9/none", "mysql://x", "postgresql://[::1"])
def test_a_database_that_cannot_be_reached_exits_4(url: str) -> None:
    done = schemaguard("retired", "1", "--database-url", url)

    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_a_password_is_never_shown() -> None:
    done = schemaguard("retired", "1", "--database-url", "postgresql://me:hunter2@127.0.0.1:9/none")

    assert "hunter2" not in done.stderr + done.stdout


def test_colours_are_for_terminals_and_no_color_wins(tmp_path: Path) -> None:
    file = tmp_path / "change.sql"
    file.write_text("DROP TABLE account;")

    assert "\x1b[" not in schemaguard("lint", file).stdout
    assert "\x1b[" in schemaguard("lint", file, FORCE_COLOR="1").stdout
    assert "\x1b[" not in schemaguard("lint", file, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_a_bug_of_ours_exits_5_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr("schemaguard.commands.rules.run", broken)

    assert main(["rules"]) == 5


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from schemaguard.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('sqlglot', 'sqlalchemy', 'alembic', 'psycopg', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout.splitlines()[-1] == "[]"
