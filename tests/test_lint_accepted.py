"""Findings that are accepted are known again by what they are about."""

import json
from pathlib import Path

import pytest

from schemaguard.cli import main

SQL = "SET lock_timeout = '1s';\nDROP TABLE person;\nCREATE INDEX ON account (email);\n"


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001.sql").write_text(SQL)
    (folder / "0002.sql").write_text("SET lock_timeout = '1s';\nDROP TABLE invoice;")
    assert main(["lint", "migrations", "--accepted", "accepted.json", "--write-accepted"]) == 0
    assert capsys.readouterr().out == "accepted.json: 3 findings accepted\n"
    return folder


def lint(*words: str) -> int:
    return main(["lint", *(words or ("migrations",)), "--accepted", "accepted.json"])


def rules() -> list[str]:
    return [one["rule"] for one in json.loads(Path("accepted.json").read_text())["accepted"]]


def test_what_is_accepted_is_not_reported_wherever_its_line_is(
    migrations: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (migrations / "0001.sql").write_text("-- moved\n\n" + SQL)

    assert lint() == 0
    assert capsys.readouterr().out == "2 migrations, 5 statements: clean\n"


def test_what_is_new_is_reported(migrations: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (migrations / "0003.sql").write_text("SET lock_timeout = '1s';\nDROP TABLE visit;")
    (migrations / "0001.sql").write_text(SQL + "CREATE INDEX ON account (email);")

    assert lint() == 1
    assert "3 migrations, 8 statements: 2 errors" in capsys.readouterr().out


def test_what_is_no_longer_found_is_told_and_taken_out(
    migrations: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (migrations / "0001.sql").write_text(SQL.replace("person", "people"))
    (migrations / "0002.sql").unlink()

    assert lint() == 1
    told = capsys.readouterr().err
    assert "accepted.json: accepted and no longer found: dropped-table in migrations/0001.sql" in told
    assert "dropped-table in migrations/0002.sql" in told
    assert "--write-accepted takes out" in told
    assert lint("migrations", "--write-accepted") == 0
    assert rules() == ["blocking-index", "dropped-table"]
    assert lint() == 0
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("migrations")
def test_what_is_accepted_in_other_migrations_is_neither_told_nor_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert lint("migrations/0002.sql") == 0
    assert capsys.readouterr().err == ""
    assert lint("migrations/0002.sql", "--write-accepted") == 0
    assert rules() == ["blocking-index", "dropped-table", "dropped-table"]


def test_the_settings_name_the_file_from_where_they_are(
    migrations: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("schemaguard.toml").write_text('accepted = "accepted.json"\n')
    monkeypatch.chdir(migrations)

    # There is no repository here: paths are other ones from another directory.
    assert main(["lint", "."]) == 1
    (migrations.parent / ".git").mkdir()
    monkeypatch.chdir(migrations.parent)
    assert main(["lint", "migrations"]) == 0
    capsys.readouterr()


@pytest.mark.usefixtures("migrations")
@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        (None, ["--accepted", "none.json"], "none.json: there is no such file\n  --write-accepted makes it."),
        ("[]", ["--accepted", "wrong.json"], "wrong.json: is no list of accepted findings"),
        ("{", ["--accepted", "wrong.json"], "wrong.json: is no list of accepted findings"),
        (None, ["--write-accepted"], "--write-accepted needs a file"),
        (None, ["--write-accepted", "--accepted", "none/x"], "cannot be written"),
    ],
)
def test_a_file_that_will_not_do_is_told(
    capsys: pytest.CaptureFixture[str], text: str | None, words: list[str], told: str
) -> None:
    if text is not None:
        Path("wrong.json").write_text(text)

    assert main(["lint", "migrations", *words]) == 2
    assert told in capsys.readouterr().err
