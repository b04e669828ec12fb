"""A release is taken back on a live database: all of it, gently, and only where nothing is lost by that."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from schemaguard.errors import NotEnoughEvidence, Refused
from schemaguard.phase import Phase
from schemaguard.postgres import journal, requests, runner
from schemaguard.postgres.connect import connect
from schemaguard.postgres.events import Event
from schemaguard.postgres.taking_back import Consent, take_back
from tests.plan.walking import Case, apply, nothing, plan_of, rows, run, shape

Make = Callable[[str], str]
GIVEN = """
CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, price text);
INSERT INTO item SELECT n, 'n' || n, n::text FROM generate_series(1, 2000) AS n;
"""
#: Something of each kind of step that expand has.
SQL = """
ALTER TABLE item RENAME COLUMN name TO label;
ALTER TABLE item ADD COLUMN weight int DEFAULT 7;
CREATE TABLE shelf (id bigint PRIMARY KEY, item_id bigint REFERENCES item (id));
CREATE INDEX item_price ON item (price);
ALTER TABLE item ADD CONSTRAINT price_is_short CHECK (length(price) < 9);
"""
PLAN = plan_of(Case(given=GIVEN, sql=SQL))
UNUSED = Consent(unused=True)


def undo(url: str, *, consent: Consent = UNUSED, lock_deadline: float = 20) -> list[Event]:
    events: list[Event] = []
    with connect(url) as conn:
        take_back(conn, PLAN, watch=events.append, consent=consent, lock_deadline=lock_deadline)
    return events


@pytest.mark.majors
def test_after_it_all_is_as_it_was_and_the_release_can_be_applied_anew(database_with: Make) -> None:
    url = database_with(GIVEN)
    before, values = shape(url), rows(url, "SELECT * FROM item ORDER BY id")
    apply(url, PLAN, Phase.EXPAND, Phase.BACKFILL)

    undo(url)

    assert shape(url) == before
    assert rows(url, "SELECT * FROM item ORDER BY id") == values
    assert rows(url, "SELECT DISTINCT state FROM schemaguard.step") == [("undone",)]
    apply(url, PLAN)
    assert rows(url, "SELECT count(label), sum(weight) FROM item") == [(2000, 14_000)]


@pytest.mark.parametrize("last", [step.id for step in PLAN.of(Phase.EXPAND)])
def test_from_each_step_of_expand_it_leads_back(last: str, database_with: Make) -> None:
    url = database_with(GIVEN)
    before = shape(url)
    with connect(url) as conn:
        runner.apply(conn, PLAN, Phase.EXPAND, watch=nothing, options=runner.Options(to=last))

    undo(url)

    assert shape(url) == before


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (
            "UPDATE item SET weight = 9 WHERE id < 4",
            "3 rows that have a value of their own in public.item.weight",
        ),
        ("INSERT INTO shelf VALUES (1, 1), (2, 1)", "2 rows of public.shelf"),
    ],
)
def test_what_only_the_new_shape_holds_is_counted_and_kept(
    write: str, told: str, database_with: Make
) -> None:
    url = database_with(GIVEN)
    before = shape(url)
    apply(url, PLAN, Phase.EXPAND, Phase.BACKFILL)
    run(url, write)

    with pytest.raises(Refused, match=told):
        undo(url)

    assert journal_says(url, "undone") == 0
    undo(url, consent=replace(UNUSED, discard=True))
    assert shape(url) == before


def test_what_follows_from_the_old_form_is_no_loss(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply(url, PLAN, Phase.EXPAND, Phase.BACKFILL)
    run(url, "UPDATE item SET label = 'by the new code' WHERE id = 1")

    undo(url)

    assert rows(url, "SELECT name FROM item WHERE id = 1") == [("by the new code",)]


def test_a_value_that_the_old_form_cannot_hold_is_counted(database_with: Make) -> None:
    url = database_with(
        "CREATE TABLE item (id int PRIMARY KEY, price int); INSERT INTO item VALUES (1, 5), (2, 6)"
    )
    plan = plan_of(
        Case(
            given="CREATE TABLE item (id int PRIMARY KEY, price int);",
            sql="ALTER TABLE item ADD COLUMN cost numeric; UPDATE item SET cost = price;"
            "-- schemaguard: down price = round(cost)::int\nALTER TABLE item DROP COLUMN price;",
        )
    )
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    run(url, "UPDATE item SET cost = 4.75 WHERE id = 1")

    with connect(url) as conn, pytest.raises(Refused, match=r"1 rows .* that say in cost"):
        take_back(conn, plan, watch=nothing, consent=UNUSED)


def test_a_live_version_that_knows_the_release_forbids_it(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply(url, PLAN, Phase.EXPAND)
    with connect(url) as conn:
        journal.deploy(conn, "2", "shop-2", (PLAN.release,))

    with pytest.raises(Refused, match="version 2 is live"):
        undo(url)

    with connect(url) as conn:
        journal.retire(conn, "2")
    with psycopg.connect(url, application_name="shop-2"), pytest.raises(Refused, match="shop-2"):
        undo(url)
    undo(url, consent=Consent())


def test_a_session_that_nobody_explains_leaves_it_unknown(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply(url, PLAN, Phase.EXPAND)

    with psycopg.connect(url, application_name="stranger"):
        with pytest.raises(NotEnoughEvidence, match="stranger") as unknown:
            undo(url, consent=Consent())
        assert "--unused" in unknown.value.advice
        undo(url)


def test_after_the_contract_has_begun_it_is_too_late(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply(url, PLAN)

    with pytest.raises(Refused, match="the contract has begun"):
        undo(url)


def test_a_release_that_was_never_begun_or_is_taken_back_is_refused(database_with: Make) -> None:
    url = database_with(GIVEN)

    with pytest.raises(Refused, match="not begun"):
        undo(url)


def test_an_index_build_that_failed_goes_as_well(database_with: Make) -> None:
    url = database_with(GIVEN)
    before = shape(url)
    apply(url, PLAN, Phase.EXPAND)
    run(
        url,
        "DROP INDEX item_price; CREATE INDEX item_price ON item (price);"
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'item_price'::regclass;"
        "UPDATE schemaguard.step SET state = 'failed' WHERE id LIKE '%item_price-create'",
    )

    undo(url)

    assert shape(url) == before


def test_nobody_queues_behind_it_and_who_holds_the_table_is_named(database_with: Make) -> None:
    url = database_with(GIVEN)
    before = shape(url)
    apply(url, PLAN, Phase.EXPAND)
    waits: list[str] = []
    with psycopg.connect(url, application_name="reader") as reader, connect(url) as conn:
        goes = threading.Timer(2.5, reader.rollback)

        def watch(event: Event) -> None:
            if event.kind == "begin" and event.step.endswith("create_table"):
                reader.execute("SELECT FROM item")
                goes.start()
            if event.kind == "wait":
                waits.append(event.message)
                with psycopg.connect(url, options="-c lock_timeout=100") as another:
                    another.execute("SELECT FROM item")

        take_back(conn, PLAN, watch=watch, consent=UNUSED)
        goes.join()

    assert waits
    assert all("public.item is held by" in said and "reader" in said for said in waits)
    assert shape(url) == before


def test_a_release_on_which_another_rests_is_not_taken_back_before_that(database_with: Make) -> None:
    url = database_with(GIVEN)
    add, index = "ALTER TABLE item ADD COLUMN weight int;", "CREATE INDEX ON item (weight);"
    first = plan_of(Case(given=GIVEN, sql=add))
    second = replace(plan_of(Case(given=GIVEN + add, sql=index)), release="r2")
    apply(url, first, Phase.EXPAND)
    apply(url, second, Phase.EXPAND, Phase.BACKFILL)

    with connect(url) as conn:
        with pytest.raises(Refused, match=r"release r2 came after it, which is about public\.item"):
            take_back(conn, first, watch=nothing, consent=UNUSED)
        take_back(conn, second, watch=nothing, consent=UNUSED)
        take_back(conn, first, watch=nothing, consent=UNUSED)


def test_rows_that_would_be_refused_are_counted_before_anything_is_taken_back(database_with: Make) -> None:
    url = database_with(GIVEN)
    plan = plan_of(Case(given=GIVEN, sql="ALTER TABLE item ADD w int; ALTER TABLE item DROP COLUMN name;"))
    apply(url, plan, Phase.EXPAND)
    run(url, "INSERT INTO item (id) VALUES (9001), (9002)")

    with connect(url) as conn:
        with pytest.raises(Refused, match=r"2 rows without a value in public\.item\.name"):
            take_back(conn, plan, watch=nothing, consent=replace(UNUSED, discard=True))
        assert journal_says(url, "undone") == 0
        conn.execute("UPDATE item SET name = 'x' WHERE name IS NULL")
        take_back(conn, plan, watch=nothing, consent=UNUSED)


def test_what_was_taken_back_in_part_is_not_contracted(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply(url, PLAN, Phase.EXPAND, Phase.BACKFILL)
    run(url, "UPDATE schemaguard.step SET state = 'undone' WHERE id LIKE '%add_column'")
    run(url, "ALTER TABLE item DROP COLUMN weight")

    with pytest.raises(Refused, match="add_column"):
        apply(url, PLAN, Phase.CONTRACT)


def test_what_was_asked_of_a_run_before_does_not_stop_it(database_with: Make) -> None:
    url = database_with(GIVEN)
    apply(url, PLAN, Phase.EXPAND)
    with connect(url) as conn:
        requests.make(conn, "abort")

    undo(url)

    with connect(url) as conn:
        assert requests.pending(conn) is None


PROGRAM = """
import sys
from schemaguard.postgres.connect import connect
from schemaguard.postgres.taking_back import Consent, take_back
from tests.postgres.test_undo import PLAN
def watch(event):
    print(event.kind, event.step, flush=True)
    input()
with connect(sys.argv[1]) as conn:
    take_back(conn, PLAN, watch=watch, consent=Consent(unused=True))
"""


@pytest.mark.parametrize("killed_at", range(1, 7, 2))
def test_killed_the_same_command_goes_on(killed_at: int, database_with: Make) -> None:
    url = database_with(GIVEN)
    before = shape(url)
    apply(url, PLAN, Phase.EXPAND, Phase.BACKFILL)
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}/src:{root}"},
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for _ in range(killed_at - 1):
            assert program.stdout.readline()
            program.stdin.write("\n")
        assert program.stdout.readline()
        program.send_signal(signal.SIGKILL)

    undo(url)

    assert shape(url) == before


def journal_says(url: str, state: str) -> int:
    return int(rows(url, f"SELECT count(*) FROM schemaguard.step WHERE state = '{state}'")[0][0])
