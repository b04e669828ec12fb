"""What commands answer where they are used at the wrong moment, with wrong names, or twice at a time."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from schemaguard.postgres.journal import VERSION
from tests.acceptance.cases import FEW, ITEM, RENAME, say_that_the_old_code_is_gone
from tests.plan.walking import rows, run, shape
from tests.terminal import Terminal

JOURNAL = "SELECT to_regnamespace('schemaguard') IS NOT NULL"


@pytest.fixture
def terminal(database_with: Callable[[str], str], tmp_path: Path) -> Terminal:
    return Terminal(database_with(ITEM + FEW), tmp_path, ITEM, RENAME)


@pytest.mark.parametrize("times", range(2))
def test_of_two_runners_that_begin_at_once_one_works_and_the_other_says_so(
    terminal: Terminal, times: int
) -> None:
    del times
    words = ("apply", "0002.sql", "--phase", "expand")

    with ExitStack() as both:
        processes = [both.enter_context(terminal.start(*words)) for _ in range(2)]
        told = [process.communicate(timeout=60) for process in processes]

    codes = [process.returncode for process in processes]
    assert 0 in codes
    for code, (_, err) in zip(codes, told, strict=True):
        # One that waited until the other one had ended finds all of it done.
        assert (code, err) == (0, "") or (code == 1 and "another schemaguard works on this database" in err)
    assert rows(terminal.url, "SELECT state, max(attempts) FROM schemaguard.step GROUP BY 1 ORDER BY 1") in (
        [("done", 1), ("found", 1)],
        [("done", 1), ("found", 2)],
    )
    say_that_the_old_code_is_gone(terminal)
    terminal("apply", "--release", "0002", "--phase", "backfill")
    terminal("apply", "--release", "0002", "--phase", "contract")


@pytest.mark.parametrize("phase", ["backfill", "contract"])
@pytest.mark.parametrize("dry", [False, True])
def test_a_phase_before_its_turn_is_refused_and_nothing_is_made(
    terminal: Terminal, phase: str, *, dry: bool
) -> None:
    before = shape(terminal.url)
    words, stream = ["apply", "0002.sql", "--phase", phase], "err"
    if dry:
        words, stream = [*words, "--dry-run"], "out"

    said = terminal(*words, code=1, stream=stream)

    assert f"{phase} before expand is finished: add label to public.item" in said
    assert "Run the same command with `--phase expand` first." in said
    assert shape(terminal.url) == before
    assert rows(terminal.url, JOURNAL) == [(False,)]


def test_a_contract_before_its_backfill_is_refused_and_leaves_the_rows_alone(terminal: Terminal) -> None:
    terminal("apply", "0002.sql", "--phase", "expand")
    say_that_the_old_code_is_gone(terminal)
    before = shape(terminal.url)

    said = terminal("apply", "--release", "0002", "--phase", "contract", code=1)

    assert "contract before backfill is finished: fill label in the rows of public.item" in said
    assert "Run the same command with `--phase backfill` first." in said
    assert shape(terminal.url) == before
    assert rows(terminal.url, "SELECT count(name), count(label) FROM item") == [(20, 0)]


def test_a_contract_without_a_ledger_is_unknown_in_a_dry_run_as_well(terminal: Terminal) -> None:
    for phase in ("expand", "backfill"):
        terminal("apply", "0002.sql", "--phase", phase)

    for words, stream in ((("--dry-run",), "out"), ((), "err")):
        said = terminal("apply", "0002.sql", "--phase", "contract", *words, code=3, stream=stream)
        assert "no deployment is recorded that uses the new shape of 0002" in said
    assert "column public.item.name" in shape(terminal.url)


def test_a_release_that_nobody_knows_is_told_of_with_one_of_a_like_name(terminal: Terminal) -> None:
    unknown = ("apply", "--release", "0022", "--phase", "backfill")

    assert "release 0022 was never begun on this database\n  Begun so far: none." in terminal(
        *unknown, code=2
    )
    assert rows(terminal.url, JOURNAL) == [(False,)]
    terminal("apply", "0002.sql", "--phase", "expand")
    assert "Begun so far: 0002. Did you mean 0002?" in terminal(*unknown, code=2)
    assert "Did you mean" not in terminal("apply", "--release", "other", "--phase", "backfill", code=2)
    assert "nothing has happened to release 0022" in terminal("history", "--release", "0022")
    assert rows(terminal.url, "SELECT name FROM schemaguard.release") == [("0002",)]
    assert rows(terminal.url, "SELECT count(label) FROM item") == [(0,)]


def test_a_version_that_nobody_knows_is_told_of_with_one_of_a_like_name(terminal: Terminal) -> None:
    assert "version v1.2 was never said to run\n  The journal knows: none." in terminal(
        "retired", "v1.2", code=1
    )
    assert rows(terminal.url, JOURNAL) == [(False,)]
    terminal("deployed", "v1.1", "--application-name", "shop-1")
    assert "The journal knows: v1.1. Did you mean v1.1?" in terminal("retired", "v1.2", code=1)
    assert rows(terminal.url, "SELECT version, retired_at FROM schemaguard.deployment") == [("v1.1", None)]


def test_a_version_that_knows_a_release_which_nobody_has_begun_is_told_of(terminal: Terminal) -> None:
    terminal("apply", "0002.sql", "--phase", "expand")
    words = ("deployed", "2", "--application-name", "shop-2", "--knows")

    assert "release 0022 was never begun on this database. Did you mean 0002?" in terminal(
        *words, "0022", stream="err"
    )
    assert terminal(*words, "0002", stream="err") == ""


COMMANDS = (
    ("apply", "0002.sql", "--phase", "backfill"),
    ("apply", "0002.sql", "--phase", "expand"),
    ("apply", "--release", "0002", "--phase", "backfill"),
    ("status",),
    ("history",),
    ("deployed", "2", "--application-name", "shop-2"),
    ("retired", "1"),
    ("pause",),
    ("resume",),
    ("abort",),
    ("undo", "0002"),
    ("uninstall", "--yes", "--abandon"),
)


def test_a_journal_of_a_newer_schemaguard_is_left_alone_by_every_command(terminal: Terminal) -> None:
    terminal("apply", "0002.sql", "--phase", "expand")
    run(
        terminal.url,
        "UPDATE schemaguard.journal SET version = 99",
        "ALTER TABLE schemaguard.step RENAME TO attempt",
    )
    before = shape(terminal.url)

    for words in COMMANDS:
        said = terminal(*words, code=1)
        assert f"the journal in this database is of version 99, this schemaguard knows {VERSION}" in said, (
            words
        )
        assert "Run it with the newer schemaguard that made the journal." in said, words
    dry = terminal(*COMMANDS[0], "--dry-run", code=1, stream="out")
    assert "-- refused journal-version: the journal in this database is of version 99" in dry
    assert shape(terminal.url) == before
    assert rows(terminal.url, "SELECT count(*) FROM schemaguard.attempt") == [(6,)]
    assert rows(terminal.url, "SELECT count(label) FROM item") == [(0,)]
