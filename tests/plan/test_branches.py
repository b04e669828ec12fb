"""Where split revisions stand on two branches, and what has no place there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard.postgres.connect import connect
from tests.plan.branched import RELEASES, Branched
from tests.plan.walking import rows


@pytest.fixture
def project(tmp_path: Path) -> Branched:
    return Branched(tmp_path / "project")


def test_alembic_writes_the_branches_as_sql(project: Branched, database_with: Callable[[str], str]) -> None:
    """Without a driver: what the oldest Alembic makes of the branches runs as well."""
    project.release("0002", "0001")
    url = database_with("SELECT 1")

    for revisions in ("expand@head", "0002_backfill:contract@head"):
        text = project.alembic("", "upgrade", revisions, "--sql")
        with connect(url) as conn:
            conn.execute(text.encode())

    assert rows(url, "SELECT version_num FROM alembic_version") == [("0002",)]
    assert rows(url, "SELECT email FROM customer") == []


def test_a_split_revision_is_not_split_again(project: Branched) -> None:
    project.release("0002", "0001")

    for part in ("expand", "backfill", "contract"):
        done = project.split(project.versions / f"0002_{part}.py")
        assert done.returncode == 1
        assert "there is nothing left to split" in done.stderr


def test_the_setting_says_it_for_all(project: Branched) -> None:
    (project.root / "schemaguard.toml").write_text('alembic_layout = "branches"\n')
    original = project.write("0002", "0001", RELEASES["0002"])

    assert project.split(original, "--layout", "linear").returncode == 0
    linear = (project.root / "written" / "0002_contract.py").read_text()
    assert 'down_revision = "0002_backfill"' in linear

    project.split(original, "--write", str(project.root / "other"))
    assert 'depends_on = "0002_backfill"' in (project.root / "other" / "0002_contract.py").read_text()


def later(project: Branched) -> Path:
    original = project.write("0002", "0001", RELEASES["0002"])
    project.write("0003", "0002", "pass")
    return original


def several_heads(project: Branched) -> Path:
    project.write("0009", "0001", "pass")
    return project.write("0002", "0001", RELEASES["0002"])


def one_label(project: Branched) -> Path:
    project.write("0001b", "0001", "pass", more="branch_labels = ('expand',)\n")
    return project.write("0002", "0001", RELEASES["0002"])


def own_label(project: Branched) -> Path:
    return project.write("0002", "0001", RELEASES["0002"], more="branch_labels = ('billing',)\n")


def merge(project: Branched) -> Path:
    project.write("0001b", "0001", "pass")
    project.write("0001c", "0001", "pass")
    return project.write("0002", ("0001b", "0001c"), RELEASES["0002"])


def on_expand(project: Branched) -> Path:
    project.release("0002", "0001")
    return project.write("0003", "0002_backfill", RELEASES["0003"])


def behind_what_is_not_split(project: Branched) -> Path:
    project.release("0002", "0001")
    project.write("0002b", "0002", "pass")
    return project.write("0003", "0002b", RELEASES["0003"])


REFUSED: dict[Callable[[Branched], Path], str] = {
    later: "0003 comes after 0002, and would wait for its contract",
    several_heads: "beside 0002 the project has other heads: 0009",
    one_label: "the branch label 'expand' is taken by 0001b, and there is no branch 'contract'",
    own_label: "0002 has branch labels of its own",
    merge: "0002 merges",
    on_expand: "0003 follows",
    behind_what_is_not_split: "0002b is on the branch 'contract', and is no contract revision",
}


@pytest.mark.parametrize("made", REFUSED, ids=lambda made: made.__name__)
def test_what_does_not_fit_is_refused(project: Branched, made: Callable[[Branched], Path]) -> None:
    done = project.split(made(project))

    assert done.returncode == 1, done.stderr
    assert f"this cannot be written on two branches: {REFUSED[made]}" in done.stderr
