"""A release is run while others write, by a role with few rights, is killed, or is run twice at a time."""

import json
import os
import signal
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from schemaguard.phase import Phase
from schemaguard.postgres.connect import connect
from tests.acceptance.cases import FEW, ITEM, RENAME, Make, priced, say_that_the_old_code_is_gone, until
from tests.plan.test_traffic import traffic
from tests.plan.walking import Case, apply, error_of, plan_of, rows, run, shape
from tests.postgres.applying import held
from tests.terminal import Terminal

pytestmark = pytest.mark.majors

MANY = FEW.replace("20)", "60000)")


def test_a_backfill_that_is_killed_forbids_the_contract_and_goes_on_where_it_was(
    database_with: Make, tmp_path: Path
) -> None:
    """A2."""
    url = database_with(ITEM + MANY)
    terminal = Terminal(url, tmp_path, ITEM, RENAME)
    terminal("apply", "0002.sql", "--phase", "expand")
    say_that_the_old_code_is_gone(terminal)
    command = ("apply", "--release", "0002", "--phase", "backfill", "--format", "json")
    with held(url, "item WHERE id = 30000"), terminal.start(*command) as process:
        assert process.stdout is not None
        told = (json.loads(line) for line in process.stdout)
        seen = next(event["rows"] for event in told if event["kind"] == "progress" and event["rows"])
        os.kill(process.pid, signal.SIGKILL)

    assert "contract before backfill is finished" in terminal(
        "apply", "--release", "0002", "--phase", "contract", code=1
    )
    assert rows(url, "SELECT count(*) FROM item WHERE label IS NULL") > [(0,)]
    said = terminal(*command)
    counted = [event["rows"] for event in map(json.loads, said.splitlines()) if event["kind"] == "progress"]
    assert counted[0] >= seen
    terminal("apply", "--release", "0002", "--phase", "contract")
    assert rows(url, "SELECT count(*), count(DISTINCT label) FROM item") == [(60000, 60000)]


CASE = Case(
    given="CREATE SCHEMA app; CREATE TABLE app.item (id bigint PRIMARY KEY, name text NOT NULL);",
    rows="INSERT INTO app.item SELECT n, 'n' || n FROM generate_series(1, 20) n;",
    sql="ALTER TABLE app.item RENAME COLUMN name TO label; CREATE INDEX ON app.item (id, label);",
)


def owned(url: str) -> dict[str, str]:
    """The table has an owner that cannot log in, a deployer that can become it, and an application."""
    with connect(url) as conn:
        names = {kind: f"{kind}_{conn.info.dbname}" for kind in ("owner", "deployer", "application")}
        for statement in (
            "CREATE ROLE {owner}",
            "CREATE ROLE {deployer} LOGIN NOINHERIT IN ROLE {owner}",
            "CREATE ROLE {application} LOGIN",
            "ALTER TABLE app.item OWNER TO {owner}",
            "GRANT USAGE ON SCHEMA app TO {owner}, {application}",
            "GRANT SELECT, INSERT, UPDATE ON app.item TO {application}",
        ):
            conn.execute(statement.format(**names).encode())
    return names


def test_a_role_that_becomes_the_owner_needs_no_more_than_that_and_what_is_missing_is_named(
    database_with: Make, tmp_path: Path
) -> None:
    """A4."""
    url = database_with(CASE.setup)
    names, before = owned(url), shape(url)
    database = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    terminal = Terminal(make_conninfo(url, user=names["deployer"]), tmp_path, CASE.given, CASE.sql)
    command = ("apply", "0002.sql", "--role", names["owner"], "--phase")
    grants = (
        f"GRANT CREATE ON DATABASE {database} TO {names['owner']};",
        f"GRANT CREATE ON SCHEMA app TO {names['owner']};",
    )

    said = terminal(*command, "expand", code=1)

    assert sorted(line.strip() for line in said.splitlines() if "GRANT" in line) == sorted(grants)
    assert shape(url) == before
    assert rows(url, "SELECT to_regnamespace('schemaguard')") == [(None,)]
    run(url, *grants)
    terminal(*command, "expand")
    applications = make_conninfo(url, user=names["application"])
    run(
        applications, "UPDATE app.item SET name = 'new' WHERE id = 1", "INSERT INTO app.item VALUES (21, 'x')"
    )
    terminal(*command, "backfill")
    assert rows(applications, "SELECT count(*) FROM app.item WHERE label = name") == [(21,)]
    say_that_the_old_code_is_gone(terminal_of(terminal, names["owner"]))
    terminal(*command, "contract")
    run(applications, "UPDATE app.item SET label = 'newer' WHERE id = 2")
    owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace IN ({})"
    ours = "'app'::regnamespace, 'schemaguard'::regnamespace"
    assert rows(url, owners.format(ours)) == [(names["owner"],)]


def terminal_of(terminal: Terminal, role: str) -> Terminal:
    """Every command of it as this role."""
    (terminal.folder / "schemaguard.toml").write_text(f'role = "{role}"')
    return terminal


REQUIRED = Case(
    given=ITEM,
    rows=FEW,
    sql="""ALTER TABLE item ADD COLUMN kind text;
    UPDATE item SET kind = coalesce(note, 'plain');
    ALTER TABLE item ALTER COLUMN kind SET NOT NULL;""",
)
# One row each: of two statements that take several, each may wait for the other.
OLD = (
    "INSERT INTO item (name) VALUES ('3')",
    "UPDATE item SET name = '4', note = 'm' WHERE id = (SELECT (random() * 20)::int)",
    "SELECT name FROM item WHERE id = 3",
)
NEW = (
    "INSERT INTO item (name, kind) VALUES ('3', 'fine')",
    "UPDATE item SET kind = 'better' WHERE id = (SELECT (random() * 20)::int)",
)


def test_no_writer_is_refused_in_any_phase_of_a_column_that_must_have_a_value(database_with: Make) -> None:
    """A7."""
    url, plan = database_with(REQUIRED.setup), plan_of(REQUIRED)

    with ExitStack() as both:
        with traffic(url, OLD, writers=8) as old:
            apply(url, plan, Phase.EXPAND)
            new = both.enter_context(traffic(url, NEW, writers=8))
            apply(url, plan, Phase.BACKFILL)
            until(lambda: min(old.sent.total(), new.sent.total()) > 800)
        apply(url, plan, Phase.CONTRACT)
        before = new.sent.total()
        until(lambda: new.sent.total() > before + 100)

    assert (old.errors, new.errors) == ([], [])
    assert rows(url, "SELECT count(*) FROM item WHERE kind IS NULL") == [(0,)]


PAID = (
    "INSERT INTO item (cost) VALUES (3.25)",
    "UPDATE item SET cost = cost + 1 WHERE id = (SELECT (random() * 20)::int)",
    "SELECT id, cost, note FROM item WHERE id = 3",
)


def test_no_writer_is_refused_while_the_old_column_goes_with_its_trigger(database_with: Make) -> None:
    """A8."""
    case = priced("price::numeric")
    url, plan = database_with(case.setup), plan_of(case)
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)

    with traffic(url, PAID, writers=8) as new:
        until(lambda: new.sent.total() > 400)
        apply(url, plan, Phase.CONTRACT)
        before = new.sent.total()
        until(lambda: new.sent.total() > before + 400)

    assert new.errors == []
    assert rows(url, "SELECT count(*) FROM item WHERE cost IS NULL") == [(0,)]


def test_a_contract_is_refused_while_a_session_of_the_old_code_is_connected(
    database_with: Make, tmp_path: Path
) -> None:
    """A20."""
    url = database_with(ITEM + FEW)
    terminal = Terminal(url, tmp_path, ITEM, RENAME)
    for phase in ("expand", "backfill"):
        terminal("apply", "0002.sql", "--phase", phase)
    say_that_the_old_code_is_gone(terminal)
    before = shape(url)
    with psycopg.connect(url, autocommit=True, application_name="shop-1") as old:
        old.execute("SELECT name\n FROM item WHERE id = 3")

        said = terminal("apply", "0002.sql", "--phase", "contract", code=1)

        assert f"pid {old.info.backend_pid}, shop-1, " in said
        assert "last: SELECT name FROM item WHERE id = 3" in said
        assert shape(url) == before
        old.execute("UPDATE item SET name = 'old' WHERE id = 3")
    terminal("apply", "0002.sql", "--phase", "contract")
    assert rows(url, "SELECT label FROM item WHERE id = 3") == [("old",)]
    assert error_of(url, "SELECT name FROM item") is not None


RUNNER = """
SELECT pid, usename FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND datname = current_database()
"""


def test_a_second_runner_leaves_with_the_name_of_the_first_which_goes_on(
    database_with: Make, tmp_path: Path
) -> None:
    """A21."""
    url = database_with(ITEM + FEW)
    terminal = Terminal(url, tmp_path, ITEM, RENAME)
    terminal("pause")

    with terminal.start("apply", "0002.sql", "--phase", "expand") as first:
        try:
            until(lambda: bool(rows(url, RUNNER)) or first.poll() is not None)
            assert first.poll() is None, first.communicate()
            [(pid, user)] = rows(url, RUNNER)
            said = terminal("apply", "0002.sql", "--phase", "expand", code=1)
        finally:
            terminal("resume")
        out, err = first.communicate(timeout=60)

    assert f"another schemaguard works on this database: pid {pid}, user {user}, from local, since 20" in said
    assert (first.returncode, err) == (0, "")
    assert "expand of 0002 is done" in out
    assert rows(url, "SELECT count(*) FROM schemaguard.release") == [(1,)]
    assert rows(url, "SELECT max(attempts) FROM schemaguard.step") == [(1,)]
