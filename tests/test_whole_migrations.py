"""What is asked of whole migrations where it is selected: a way back, one head, comments that are needed."""

from pathlib import Path

import pytest

from schemaguard.commands.linting import lint_paths
from schemaguard.errors import UsageError
from tests.sources.revisions import Revisions

MAKES = 'op.execute("CREATE TABLE account (id bigint PRIMARY KEY)")'
SQL = "CREATE TABLE account (id bigint PRIMARY KEY);"
DROPS = "DROP TABLE account;"


def found(path: Path, rule: str, *more: str) -> list[str]:
    """What that rule says where it is selected, and that it says nothing where it is not."""
    config = path.parent / "schemaguard.toml"
    config.write_text("")
    assert rule not in {one.rule for one in lint_paths([path], config=config).reported}
    config.write_text("\n".join((f'select = ["{rule}"]', *more)))
    return [one.message for one in lint_paths([path], config=config).reported if one.rule == rule]


@pytest.fixture
def revisions(tmp_path: Path) -> Revisions:
    return Revisions(tmp_path / "project")


@pytest.mark.parametrize(
    ("upgrade", "downgrade", "reported"),
    [
        (MAKES, "pass", True),
        (MAKES, '"""Nothing."""\nreturn', True),
        (MAKES, 'op.execute("DROP TABLE account")', False),
        (MAKES, 'raise NotImplementedError("rows are gone")', False),
        ("pass", "pass", False),
    ],
)
def test_a_revision_has_a_way_back(
    revisions: Revisions, upgrade: str, downgrade: str, *, reported: bool
) -> None:
    revisions.add("one", upgrade, downgrade=downgrade)

    assert len(found(revisions.root, "no-way-back")) == reported


@pytest.mark.parametrize(
    ("name", "text", "down", "reported"),
    [
        ("1_account.up.sql", SQL, {}, True),
        ("1_account.up.sql", SQL, {"1_account.down.sql": "-- later"}, True),
        ("1_account.up.sql", SQL, {"1_account.down.sql": DROPS}, False),
        ("1_account.sql", f"-- migrate:up\n{SQL}\n", {}, True),
        ("1_account.sql", f"-- migrate:up\n{SQL}\n-- migrate:down\n", {}, True),
        ("1_account.sql", f"-- migrate:up\n{SQL}\n-- migrate:down\n{DROPS}\n", {}, False),
        ("1_account.sql", f"-- +goose Up\n{SQL}\n", {}, True),
        ("1_account.sql", f"-- +goose Up\n{SQL}\n-- +goose Down\n-- none\n", {}, True),
        ("1_account.sql", f"-- +goose Up\n{SQL}\n-- +goose Down\n{DROPS}\n", {}, False),
        ("1_account/up.sql", SQL, {"1_account/down.sql": ""}, True),
        ("1_account/up.sql", SQL, {"1_account/down.sql": DROPS}, False),
        # Of a way back these tools know nothing.
        ("V1__account.sql", SQL, {}, False),
        ("account.sql", SQL, {}, False),
    ],
)
def test_a_file_has_a_way_back(
    tmp_path: Path, name: str, text: str, down: dict[str, str], *, reported: bool
) -> None:
    folder = tmp_path / "migrations"
    for file, content in {name: text, **down}.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(content)

    assert len(found(folder, "no-way-back")) == reported


def test_each_of_several_heads_is_reported(revisions: Revisions) -> None:
    revisions.add("base", after=())
    revisions.add("left", after="base")
    revisions.add("right", after="base")

    left, right = found(revisions.root, "several-heads")
    assert "beside right" in left
    assert "beside left" in right


def test_heads_that_are_merged_or_labelled_are_meant(tmp_path: Path) -> None:
    merged, labelled = Revisions(tmp_path / "a" / "merged"), Revisions(tmp_path / "b" / "labelled")
    for project, top in ((merged, ""), (labelled, "branch_labels = ('other',)")):
        project.add("base", after=())
        project.add("left", after="base")
        project.add("right", after="base", top=top)
    merged.add("both", after=("left", "right"))

    assert found(merged.root, "several-heads") == []
    assert found(labelled.root, "several-heads") == []


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        ("dropped-table", ""),
        ("dropped-column", "allows dropped-column in vain: the rule does not report this statement"),
        (
            "droped-table",
            "allows droped-table in vain: the rule does not exist; did you mean 'dropped-table'?",
        ),
        ("unread", "allows unread in vain: the rule does not report this statement"),
        # It is off here, and may be on elsewhere.
        ("long-name", ""),
    ],
)
def test_what_is_allowed_in_vain_is_reported(tmp_path: Path, allowed: str, message: str) -> None:
    (tmp_path / "sql").mkdir()
    file = tmp_path / "sql" / "change.sql"
    file.write_text(f"-- schemaguard: allow {allowed} (it is not used)\nDROP TABLE account;\n")

    assert found(file, "idle-allow") == ([message] if message else [])


def test_what_is_ignored_is_not_asked_though_it_is_selected(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    file = tmp_path / "sql" / "1_account.up.sql"
    file.write_text(SQL)

    assert found(file, "no-way-back", 'ignore = ["no-way-back"]') == []


def test_a_name_that_nothing_has_cannot_be_selected(tmp_path: Path) -> None:
    (tmp_path / "schemaguard.toml").write_text('select = ["no-way-forward"]')

    with pytest.raises(UsageError, match="no-way-forward"):
        lint_paths([tmp_path], config=tmp_path / "schemaguard.toml")
