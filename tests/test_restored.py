"""A release on a database that was restored: with its journal, without it, or the journal alone."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from schemaguard.postgres.binaries import find_binaries
from tests.acceptance.cases import FEW, ITEM, RENAME, say_that_the_old_code_is_gone
from tests.plan.walking import rows, run, shape
from tests.postgres.applying import held
from tests.servers import Databases
from tests.terminal import Terminal

MANY = FEW.replace("20)", "60000)")
#: As a restore of the users' own schemas, of a backup from before the release, leaves them.
BEFORE = f"DROP TABLE item CASCADE; {ITEM}{FEW}"


@pytest.fixture
def terminal(databases: Databases, tmp_path: Path) -> Callable[..., Terminal]:
    """Over a database after that script."""

    def over(setup: str, *scripts: str) -> Terminal:
        return Terminal(databases.fresh(setup), tmp_path, ITEM, *(scripts or (RENAME,)))

    return over


def restored(terminal: Terminal, databases: Databases, major: int) -> Terminal:
    """The same migrations over a new database, into which a dump of the first one was restored."""
    programs = find_binaries(major).bin
    name = f"{conninfo_to_dict(terminal.url)['dbname']}_restored"
    databases.used.append(name)
    if not (programs / "pg_dump").exists():
        databases.server.create_database(name, str(conninfo_to_dict(terminal.url)["dbname"]), databases.over)
    else:
        url, dump = databases.server.create_database(name, over=databases.over), terminal.folder / "dump"
        subprocess.run([programs / "pg_dump", "-Fc", "-f", dump, "-d", terminal.url], check=True)
        subprocess.run([programs / "pg_restore", "-e", "-d", url, dump], check=True)
    folder = terminal.folder / "restored"
    folder.mkdir()
    for script in terminal.folder.glob("*.sql"):
        shutil.copy(script, folder)
    return Terminal(make_conninfo(terminal.url, dbname=name), folder)


def at_its_end(terminal: Terminal, count: int) -> None:
    """Every row has its value in the new column, and nothing is left of the old shape, nor of ours."""
    values = rows(terminal.url, "SELECT count(*), count(DISTINCT label) FROM item")
    assert values == [(count, count)]
    left = shape(terminal.url)
    assert "column public.item.name" not in left
    assert not [thing for thing in left if "zzsync" in thing or "in_step" in thing]
    assert "0002 finished" in terminal("status")


@pytest.mark.majors
def test_restored_after_its_expand_it_goes_on_to_the_end(
    terminal: Callable[..., Terminal], databases: Databases, major: int
) -> None:
    first = terminal(ITEM + FEW)
    first("apply", "0002.sql", "--phase", "expand")
    copy = restored(first, databases, major)

    run(copy.url, "UPDATE item SET name = 'written' WHERE id = 3")
    assert rows(copy.url, "SELECT label FROM item WHERE id = 3") == [("written",)]
    copy("apply", "--release", "0002", "--phase", "backfill")
    say_that_the_old_code_is_gone(copy)
    copy("apply", "0002.sql", "--phase", "contract")
    at_its_end(copy, 20)
    assert rows(first.url, "SELECT count(label) FROM item") == [(0,)]


@pytest.mark.majors
def test_restored_in_the_middle_of_a_backfill_it_goes_on_behind_the_last_batch(
    terminal: Callable[..., Terminal], databases: Databases, major: int
) -> None:
    first = terminal(ITEM + MANY)
    first("apply", "0002.sql", "--phase", "expand")
    command = ("apply", "0002.sql", "--phase", "backfill", "--batch-ms", "10", "--format", "json")
    with held(first.url, "item WHERE id = 30000"), first.start(*command) as process:
        assert process.stdout is not None
        told = (json.loads(line) for line in process.stdout)
        seen = next(event["rows"] for event in told if event["kind"] == "progress" and event["rows"])
        os.kill(process.pid, signal.SIGKILL)
    copy = restored(first, databases, major)

    said = copy("apply", "--release", "0002", "--phase", "backfill", "--format", "json")
    counted = [event["rows"] for event in map(json.loads, said.splitlines()) if event["kind"] == "progress"]
    assert counted[0] >= seen
    say_that_the_old_code_is_gone(copy)
    copy("apply", "--release", "0002", "--phase", "contract")
    at_its_end(copy, 60000)


@pytest.mark.parametrize("backfilled", [False, True])
def test_a_journal_that_says_more_than_is_there_is_not_believed(
    terminal: Callable[..., Terminal], *, backfilled: bool
) -> None:
    there = terminal(ITEM + FEW)
    there("apply", "0002.sql", "--phase", "expand")
    if backfilled:
        there("apply", "0002.sql", "--phase", "backfill")
    run(there.url, BEFORE)
    before = shape(there.url)

    for phase in ("backfill", "contract"):
        said = there("apply", "--release", "0002", "--phase", phase, code=1)
        assert f"{phase} before expand is finished: add label to public.item" in said
        assert "is not done, although the journal says that it was" in said
        assert "Run the same command with `--phase expand` first." in said
    assert shape(there.url) == before
    say_that_the_old_code_is_gone(there)
    for phase in ("expand", "backfill", "contract"):
        there("apply", "--release", "0002", "--phase", phase)
    at_its_end(there, 20)


def test_a_release_whose_tables_are_there_no_more_cannot_go_on(terminal: Callable[..., Terminal]) -> None:
    there = terminal(ITEM + FEW)
    there("apply", "0002.sql", "--phase", "expand")
    run(there.url, "DROP TABLE item CASCADE")

    assert "backfill before expand is finished" in there("apply", "0002.sql", "--phase", "backfill", code=1)


@pytest.mark.majors
def test_a_finished_release_that_is_gone_is_begun_anew(terminal: Callable[..., Terminal]) -> None:
    there = terminal(ITEM + FEW)
    say_that_the_old_code_is_gone(there)
    for phase in ("expand", "backfill", "contract"):
        there("apply", "0002.sql", "--phase", phase)
    run(there.url, BEFORE)

    assert "contract before expand is finished" in there("apply", "0002.sql", "--phase", "contract", code=1)
    assert "contract before expand is finished" in there(
        "apply", "0002.sql", "--phase", "contract", "--dry-run", code=1, stream="out"
    )
    there("apply", "0002.sql", "--phase", "expand")
    assert "its tables are as they were before it" in there("history")
    for phase in ("backfill", "contract"):
        there("apply", "--release", "0002", "--phase", phase)
    at_its_end(there, 20)


def test_a_finished_release_that_a_later_one_has_led_back_is_still_done(
    terminal: Callable[..., Terminal],
) -> None:
    there = terminal(ITEM + FEW, "CREATE INDEX by_name ON item (name);", "DROP INDEX by_name;")
    there("deployed", "3", "--application-name", "shop-3", "--knows", "0002", "--knows", "0003")
    there("apply", "0002.sql", "--phase", "expand")
    there("apply", "0003.sql", "--phase", "contract")

    assert "0 of 1 steps ran" in there("apply", "0002.sql", "--phase", "expand")
    assert rows(there.url, "SELECT to_regclass('by_name')") == [(None,)]


@pytest.mark.majors
@pytest.mark.parametrize("phase", ["expand", "backfill", "contract"])
def test_a_release_without_its_journal_is_told_of_and_goes_on_when_it_is_adopted(
    terminal: Callable[..., Terminal], phase: str
) -> None:
    there = terminal(ITEM + FEW)
    there("apply", "0002.sql", "--phase", "expand")
    run(there.url, "UPDATE item SET label = 'new' WHERE id = 1", "DROP SCHEMA schemaguard CASCADE")
    before = shape(there.url)

    said = there("apply", "0002.sql", "--phase", phase, code=1)

    assert "the journal does not know that 0002 was begun, and yet some of it is done: add label" in said
    assert "--adopt" in said
    assert shape(there.url) == before
    assert rows(there.url, "SELECT to_regnamespace('schemaguard')") == [(None,)]
    if phase != "contract":
        said = there("apply", "0002.sql", "--phase", phase, "--adopt")
        assert "note drift: the journal does not know that 0002 was begun" in said
        assert "+ public.item: column label text" in said
    there("apply", "0002.sql", "--phase", "backfill", "--adopt")
    say_that_the_old_code_is_gone(there)
    there("apply", "0002.sql", "--phase", "contract")
    at_its_end(there, 20)
    assert rows(there.url, "SELECT label FROM item WHERE id = 1") == [("new",)]


def test_what_is_adopted_is_no_more_than_what_is_there(terminal: Callable[..., Terminal]) -> None:
    there = terminal(ITEM + FEW)
    run(there.url, "ALTER TABLE item ADD COLUMN more int")

    assert "+ public.item: column more integer" in there(
        "apply", "0002.sql", "--phase", "expand", "--adopt", code=1
    )


def test_a_finished_release_without_its_journal_is_found_done(terminal: Callable[..., Terminal]) -> None:
    there = terminal(ITEM + FEW)
    say_that_the_old_code_is_gone(there)
    for phase in ("expand", "backfill", "contract"):
        there("apply", "0002.sql", "--phase", phase)
    run(there.url, "DROP SCHEMA schemaguard CASCADE")
    before = shape(there.url)

    say_that_the_old_code_is_gone(there)
    for phase in ("expand", "backfill", "contract"):
        there("apply", "0002.sql", "--phase", phase)

    assert shape(there.url) == before
    at_its_end(there, 20)
