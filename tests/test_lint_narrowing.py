"""What a branch adds is judged, what is past is not; both are the history of what is judged."""

import os
import subprocess
from pathlib import Path

import pytest

from schemaguard.cli import main
from schemaguard.commands.linting import Asking, lint_paths
from schemaguard.errors import ConfigError, UsageError
from tests.sources.revisions import Revisions

PAST = "CREATE TABLE account (id int PRIMARY KEY, email text);\nDROP TABLE person;"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two migrations on main, and a branch that is checked out."""
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch=main")
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "0001.sql").write_text(PAST)
    (folder / "0002.sql").write_text("DROP TABLE invoice;")
    commit()
    git("checkout", "--quiet", "-b", "branch")
    return tmp_path


def git(*words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


def commit() -> None:
    git("add", "--all")
    git("commit", "--quiet", "--message", "more")


def judged(*paths: str | Path, since: str | None = None) -> list[tuple[str, str]]:
    """The migrations that were judged, each with the rules that found something certain."""
    result = lint_paths(
        [Path(path) for path in paths],
        asking=Asking(since=since, ignore=("missing-lock-timeout",)),
    )
    return [
        (
            Path(source.path).name,
            " ".join(one.rule for one in result.reported if one.place.path == source.path),
        )
        for source, _ in result.linted
    ]


def test_only_what_the_branch_adds_or_changes_is_judged(repository: Path) -> None:
    folder = repository / "migrations"
    (folder / "0003.sql").write_text("ALTER TABLE account ADD COLUMN age int;")
    commit()
    (folder / "0004 é.sql").write_text("DROP TABLE account;")  # Git does not know it yet.
    git("checkout", "--quiet", "main")
    (folder / "0000.sql").write_text("DROP TABLE of_others;")
    git("add", "migrations/0000.sql")
    git("commit", "--quiet", "--message", "on main meanwhile")
    git("checkout", "--quiet", "branch")

    assert judged("migrations", since="main") == [("0003.sql", ""), ("0004 é.sql", "dropped-table")]
    assert judged("migrations/0001.sql", "migrations/0003.sql", since="main") == [("0003.sql", "")]
    (folder / "0002.sql").write_text("DROP TABLE invoice CASCADE;")
    assert [name for name, _ in judged("migrations", since="main")] == [
        "0002.sql",
        "0003.sql",
        "0004 é.sql",
    ]


def test_the_rest_is_history(repository: Path) -> None:
    (repository / "migrations" / "0003.sql").write_text("CREATE TABLE account (id int);")

    assert judged("migrations", since="main") == [("0003.sql", "refused")]


def test_what_the_branch_adds_in_a_row_is_one_release(repository: Path) -> None:
    folder = repository / "migrations"
    (folder / "0003.sql").write_text("CREATE TABLE fresh (id int PRIMARY KEY, a int);")
    (folder / "0004.sql").write_text("CREATE INDEX ON fresh (a);")

    assert judged("migrations", since="main") == [("0003.sql", ""), ("0004.sql", "")]
    commit()
    git("checkout", "--quiet", "-b", "next")
    (folder / "0001.sql").write_text(PAST + "\nCREATE TABLE early (a int);")
    (folder / "0005.sql").write_text("CREATE INDEX ON fresh (a);\nCREATE INDEX ON early (a);")
    assert [len(rules.split()) for _, rules in judged("migrations", since="branch")][-1] == 2


def test_of_a_branch_without_migrations_nothing_is_judged_nor_read(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "README.md").write_text("more")

    assert main(["lint", "migrations", "--since", "main"]) == 0
    assert capsys.readouterr().out == "0 migrations, 0 statements: clean\n"


@pytest.mark.usefixtures("repository")
def test_git_s_reason_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(UsageError, match="git: Needed a single revision") as error:
        judged("migrations", since="--output=x")
    assert "fetch-depth" in error.value.advice
    git("checkout", "--quiet", "--orphan", "alone")
    Path("migrations/0003.sql").write_text("SELECT 1;")
    commit()
    with pytest.raises(UsageError, match="no common commit"):
        judged("migrations", since="main")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.sql"
    elsewhere.write_text("SELECT 1;")
    with pytest.raises(UsageError, match="git: not a git repository"):
        judged(elsewhere, since="main")


@pytest.mark.parametrize("name", ["0002.sql", "0002", "migrations/0002.sql"])
def test_what_comes_up_to_start_after_is_history(repository: Path, name: str) -> None:
    (repository / "pyproject.toml").write_text(f'[tool.schemaguard]\nstart-after = "{name}"\n')
    (repository / "migrations" / "0003.sql").write_text("CREATE INDEX ON account (email);")

    assert judged("migrations") == [("0003.sql", "blocking-index")]
    assert judged("migrations/0001.sql") == []
    assert judged("migrations/0002.sql", "migrations/0003.sql") == [("0003.sql", "blocking-index")]


def test_a_start_that_is_nowhere_is_told(repository: Path) -> None:
    (repository / "schemaguard.toml").write_text('start-after = "0003.sql"\n')

    with pytest.raises(
        ConfigError, match=r"schemaguard.toml: start-after: .* no migration '0003.sql'"
    ) as told:
        judged("migrations")
    assert told.value.advice == "Did you mean '0002.sql'?"
    (repository / "alone.sql").write_text("SELECT 1;")
    assert judged("alone.sql") == [("alone.sql", "")]


def test_of_revisions_the_ancestors_are_past_and_no_other_branch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    revisions = Revisions(tmp_path)
    revisions.add("a1", "op.drop_table('person')")
    revisions.add("a2", "op.drop_table('invoice')")
    revisions.add("b2", "op.drop_table('visit')", after="a1")
    revisions.add("a3", "op.drop_table('account')", after=("a2", "b2"))
    (tmp_path / "schemaguard.toml").write_text('start-after = "a2"\n')

    assert sorted(judged(".")) == [("a3.py", "dropped-table"), ("b2.py", "dropped-table")]
    (tmp_path / "schemaguard.toml").write_text('start-after = ["a2", "b2"]\n')
    assert judged(".") == [("a3.py", "dropped-table")]
