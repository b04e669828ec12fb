"""Which rules are asked, how severe they are, and what is read from standard input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemaguard.cli import main
from schemaguard.commands.choosing import choose
from schemaguard.commands.linting import Asking, lint_paths
from schemaguard.config import Config, read_config
from schemaguard.errors import ConfigError, UsageError
from schemaguard.rule import Severity

SQL = "CREATE TABLE account (id bigint);\nDROP TABLE person;\nFROBNICATE;\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "change.sql"
    path.write_text(SQL)
    return path


def found(
    file: Path, settings: str = "", *, select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()
) -> dict[str, Severity]:
    (file.parent / "schemaguard.toml").write_text(settings)
    return {
        one.rule: one.severity
        for one in lint_paths([file], asking=Asking(select=select, ignore=ignore)).reported
    }


def test_a_rule_or_its_family_is_selected_for_one_run(file: Path) -> None:
    assert "keyless-table" not in found(file)
    assert "keyless-table" in found(file, select=("keyless-table",))
    assert "keyless-table" in found(file, select=("hygiene",))
    assert "dropped-table" not in found(file, ignore=("breaking",))


def test_what_an_ignored_rule_explains_is_not_reported_by_another(file: Path) -> None:
    file.write_text("SET lock_timeout = '1s';\nDROP TABLE person;\nCREATE INDEX ON account (email);")

    assert set(found(file)) == {"dropped-table", "blocking-index"}
    assert set(found(file, ignore=("dropped-table", "blocking-index"))) == set()


def test_the_name_counts_more_than_the_family_and_the_option_more_than_the_setting(file: Path) -> None:
    assert "keyless-table" in found(file, 'ignore = ["hygiene"]\nselect = ["keyless-table"]')
    assert "keyless-table" not in found(file, 'ignore = ["keyless-table"]\nselect = ["hygiene"]')
    assert "keyless-table" in found(file, 'ignore = ["keyless-table"]', select=("hygiene",))
    assert "dropped-table" not in found(file, 'select = ["dropped-table"]', ignore=("breaking",))


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("keyles-table", "keyless-table"), ("hygene", "hygiene"), ("idle-alow", "idle-allow")],
)
def test_a_name_that_is_misspelt_is_answered_with_the_right_one(wrong: str, meant: str) -> None:
    for settings, select, ignore in (
        (Config(), (wrong,), ()),
        (Config(), (), (wrong,)),
        (Config(select=(wrong,)), (), ()),
        (Config(ignore=(wrong,)), (), ()),
        (Config(severity=((wrong, "error"),)), (), ()),
    ):
        with pytest.raises(UsageError) as error:
            choose(settings, select, ignore)
        assert error.value.advice == f"Did you mean {meant!r}?"


@pytest.mark.parametrize("name", ["unread", "unexplained", "reading"])
def test_what_could_not_be_read_is_not_ignored_as_a_whole(name: str) -> None:
    with pytest.raises(UsageError, match="nothing passes unseen"):
        choose(Config(), ignore=[name])


def test_a_project_says_how_severe_a_rule_or_a_family_is(file: Path) -> None:
    plain = found(file)
    said = found(
        file, 'severity = {breaking = "warning", missing-lock-timeout = "error", unread = "warning"}'
    )

    assert [plain[rule] for rule in ("dropped-table", "missing-lock-timeout", "unread")] == [
        Severity.ERROR, Severity.WARNING, Severity.ERROR,
    ]  # fmt: skip
    assert [said[rule] for rule in ("dropped-table", "missing-lock-timeout", "unread")] == [
        Severity.WARNING, Severity.ERROR, Severity.WARNING,
    ]  # fmt: skip
    nearer = found(file, 'severity = {breaking = "warning", dropped-table = "error"}')
    assert nearer["dropped-table"] is Severity.ERROR


def test_what_hangs_on_the_unknown_stays_a_question(file: Path) -> None:
    file.write_text("ALTER TABLE account ALTER COLUMN email SET NOT NULL;")
    assert found(file)["set-not-null"] is Severity.DEPENDS

    assert found(file, 'severity = {set-not-null = "error"}')["set-not-null"] is Severity.DEPENDS


@pytest.mark.parametrize("line", ['severity = "error"', 'severity = {x = "fatal"}', "severity = {x = 3}"])
def test_a_severity_of_another_form_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "schemaguard.toml").write_text(line)

    with pytest.raises(ConfigError, match=r"severity = .* is not possible"):
        read_config(tmp_path)


def test_settings_stand_in_pyproject_toml_or_at_the_top_of_schemaguard_toml(file: Path) -> None:
    (file.parent / "pyproject.toml").write_text('[tool.schemaguard]\nignore = ["dropped-table"]\n')
    assert "dropped-table" not in {one.rule for one in lint_paths([file]).reported}

    assert "dropped-table" in found(file, "")  # The nearer file is all that counts.
    assert "dropped-table" not in found(file, 'ignore = ["dropped-table"]')


def test_an_idle_or_misspelt_suppression_is_reported_where_that_is_wanted(file: Path) -> None:
    file.write_text(
        "SET lock_timeout = '1s';\n"
        "-- schemaguard: allow dropped-tabel (nobody uses it)\nDROP TABLE person;\n"
        "-- schemaguard: allow set-not-null (it is small)\nSELECT 1;\n"
    )

    messages = [
        one.message
        for one in lint_paths([file], asking=Asking(select=("idle-allow",))).reported
        if one.rule == "idle-allow"
    ]
    assert messages == [
        "allows dropped-tabel in vain: the rule does not exist; did you mean 'dropped-table'?",
        "allows set-not-null in vain: the rule does not report this statement",
    ]


def piped(text: bytes, *words: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "schemaguard", "lint", "-", *words],
        input=text,
        capture_output=True,
        check=False,
        cwd=cwd,
        timeout=60,
        env={**os.environ, "NO_COLOR": "1"},
    )


def test_what_is_piped_is_linted_and_shown(tmp_path: Path) -> None:
    done = piped("SET lock_timeout = '1s';\nDROP TABLE \"ä\";".encode(), cwd=tmp_path)

    assert done.returncode == 1
    assert "stdin.sql:2:1: error dropped-table" in done.stdout.decode()
    assert '2 | DROP TABLE "ä";' in done.stdout.decode()
    assert piped(b"SELECT 1;\0", cwd=tmp_path).returncode == 2


def test_what_is_piped_has_the_settings_and_the_history_of_the_file_that_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    (tmp_path / "schemaguard.toml").write_text('ignore = ["missing-lock-timeout"]')
    (folder / "0001.sql").write_text("CREATE TABLE account (id int PRIMARY KEY, email text NOT NULL);")
    (folder / "0002.sql").write_text("SELECT 'what the disk has';")
    unsaved = b"ALTER TABLE account ALTER COLUMN email SET NOT NULL;\nDROP TABLE account;"

    done = piped(unsaved, "--stdin-filename", "migrations/0002.sql", "--format", "json", cwd=tmp_path)
    findings = json.loads(done.stdout)["findings"]
    assert [(one["rule"], one["path"], one["line"]) for one in findings] == [
        ("dropped-table", "migrations/0002.sql", 2)
    ]
    fresh = piped(unsaved, "--stdin-filename", "migrations/0003.sql", cwd=tmp_path)
    assert "migrations/0003.sql:2:1: error dropped-table" in fresh.stdout.decode()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-", "x.sql"], "file by itself"),
        (["-", "--since", "main"], "file by itself"),
        (["-", "--stdin-filename", "a1.py"], "only SQL"),
        (["x.sql", "--stdin-filename", "y.sql"], "for standard input"),
    ],
)
def test_what_cannot_be_piped_is_told(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint", *words]) == 2
    assert said in capsys.readouterr().err
