"""The commands around a release on a live database, as one types them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.plan.walking import rows, shape
from tests.terminal import Terminal

GIVEN = "CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item VALUES (1, 'a'), (2, NULL);"


@pytest.fixture
def terminal(database_with: Callable[[str], str], tmp_path: Path) -> Terminal:
    return Terminal(database_with(GIVEN), tmp_path, GIVEN, "ALTER TABLE item RENAME COLUMN name TO label;")


def test_a_release_is_begun_looked_at_and_taken_back(terminal: Terminal) -> None:
    before = shape(terminal.url)
    assert terminal("status") == "no release was begun on this database\n"
    terminal("apply", "0002.sql", "--phase", "expand")

    told = json.loads(terminal("status", "--format", "json"))
    assert told["runner"] is None
    assert [step["state"] for step in told["releases"][0]["steps"] if step["phase"] == "expand"][-1] == "done"
    assert "DROP COLUMN IF EXISTS label" in terminal("undo", "0002", "--dry-run")
    assert "Did you mean 0002?" in terminal("undo", "0022", code=2)
    said = [json.loads(line) for line in terminal("undo", "0002", "--format", "json").splitlines()]
    assert said[-1]["kind"] == "undone"
    assert shape(terminal.url) == before
    assert "0002 undone" in terminal("status")
    assert "undone" in terminal("history")
    assert "would go: schema schemaguard" in terminal("uninstall")
    assert rows(terminal.url, "SELECT to_regnamespace('schemaguard') IS NULL") == [(False,)]
    terminal("uninstall", "--yes")
    assert terminal("history") == "nothing has happened on this database\n"


def test_pause_resume_and_abort_say_what_they_do(terminal: Terminal) -> None:
    assert "no runner works now" in terminal("pause")
    assert "asked: pause, by " in terminal("status")
    assert "no longer counts: pause" in terminal("resume")
    assert "nothing was paused" in terminal("resume")
    assert "no runner works on this database" in terminal("abort", code=1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("status", "--watch", "0"), "0 is too short: 0.1 seconds at least"),
        (("status", "--watch", "often"), "'often' is no number of seconds"),
        (("apply", "0002.sql", "--phase", "backfill", "--max-lag", "nan"), "'nan' is no number of seconds"),
        (("apply", "0002.sql", "--phase", "expand", "--lock-deadline", "-1"), "'-1' is no number of seconds"),
        (("apply", "0002.sql", "--phase", "backfill", "--max-slot-size", "lots"), "'lots' is no size"),
        (("apply", "0002.sql", "--phase", "backfill", "--batch-ms", "5"), "'5' is no number of milliseconds"),
        (("apply", "0002.sql", "--phase", "backfill", "--workers", "0"), "'0' is no number of sessions"),
    ],
)
def test_values_that_are_none_are_told_of(words: tuple[str, ...], told: str, terminal: Terminal) -> None:
    assert told in terminal(*words, code=2)


def test_another_migration_under_the_same_name_needs_consent(terminal: Terminal) -> None:
    terminal("apply", "0002.sql", "--phase", "expand")
    (terminal.folder / "0002.sql").write_text(
        "ALTER TABLE item RENAME COLUMN name TO label; CREATE INDEX item_label ON item (label);"
    )

    assert "+ expand-07-item_label-create" in terminal("apply", "0002.sql", "--phase", "expand", code=1)
    terminal("apply", "0002.sql", "--phase", "expand", "--replan")
    assert rows(terminal.url, "SELECT to_regclass('item_label') IS NOT NULL") == [(True,)]
