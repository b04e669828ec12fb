"""--watch asks again when something changes; --explain tells why at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemaguard.cli import main


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "0001.sql").write_text("DROP TABLE person;")
    process = subprocess.Popen(
        [sys.executable, "-m", "schemaguard", "lint", "db", "--watch"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    yield process
    process.kill()
    process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    """What it says until it waits."""
    assert process.stdout is not None
    lines = list(iter(process.stdout.readline, "watching: Ctrl-C ends\n"))
    return "".join(lines)


def test_each_change_is_answered_until_ctrl_c(watching: subprocess.Popen[str], tmp_path: Path) -> None:
    file = tmp_path / "db" / "0001.sql"

    assert "0001.sql:1:1: error dropped-table" in said(watching)
    file.write_text("SET lock_timeout = '1s';\n\nDROP TABLE person;")
    assert "3 | DROP TABLE person;" in said(watching)
    (tmp_path / "db" / "0002.sql").write_text("SELECT 1;")
    assert "2 migrations, 3 statements: 1 error" in said(watching)
    (tmp_path / "schemaguard.toml").write_text("ignore = ['dropped']")
    assert "there is no rule 'dropped'" in said(watching)
    (tmp_path / "schemaguard.toml").write_text("ignore = ['dropped-table']")
    assert said(watching) == "2 migrations, 3 statements: clean\n"
    watching.send_signal(signal.SIGINT)
    assert watching.wait(timeout=20) == 0


@pytest.mark.parametrize(
    "words", [["-"], ["x.sql", "--fix"], ["x.sql", "--accepted", "x", "--write-accepted"]]
)
def test_what_cannot_be_watched_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--watch", *words]) == 2
    assert "--watch is for files" in capsys.readouterr().err


def test_the_rules_that_find_something_are_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.sql"
    file.write_text("SET lock_timeout = '1s';\nDROP TABLE person;\nDROP TABLE other;\nFROB;")

    assert main(["lint", str(file), "--explain"]) == 1
    lines = capsys.readouterr().out.splitlines()
    total = lines.index("1 migration, 4 statements: 3 errors")
    assert [line for line in lines[total:] if line in ("dropped-table", "unread")] == [
        "dropped-table",
        "unread",
    ]
    assert main(["explain", "unread"]) == 0
    assert capsys.readouterr().out.splitlines() == lines[lines.index("unread", total) :]
