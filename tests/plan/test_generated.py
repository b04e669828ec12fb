"""What a trigger computes in a generated column's place is what the server would have computed."""

from collections.abc import Callable

import psycopg
import pytest

from schemaguard.errors import DatabaseError, InputError, Refused
from schemaguard.phase import Phase
from schemaguard.plan import Plan, make_plan
from schemaguard.postgres.connect import connect
from schemaguard.scripts import frames_of
from schemaguard.server import Server
from schemaguard.text import Source
from tests.plan.cases_generated import ITEM, ITEMS, OLD
from tests.plan.walking import RELEASE, Case, apply, error_of, plan_of, rows, run, shape

STORED = "ALTER TABLE item ADD COLUMN total numeric(10, 1) GENERATED ALWAYS AS (price * amount) STORED;"
WRITES = (
    *OLD,
    "UPDATE item SET price = 0.33 WHERE id = 6",
    "UPDATE item SET amount = NULL WHERE id = 7",
    "UPDATE item SET amount = amount, label = 'same' WHERE id = 8",
    "DELETE FROM item WHERE id = 9",
)
ALL = "SELECT id, price, amount, total FROM item ORDER BY id"


@pytest.mark.majors
def test_the_values_are_those_of_a_generated_column(database_with: Callable[[str], str]) -> None:
    generated, computed = database_with(ITEM + ITEMS), database_with(ITEM + ITEMS)
    run(generated, STORED)
    apply(computed, plan_of(Case(given=ITEM, sql=STORED)))

    for write in WRITES:
        run(generated, write)
        run(computed, write)
    for url in (generated, computed):
        with connect(url) as conn, conn.cursor().copy("COPY item (id, price, amount) FROM STDIN") as copy:
            copy.write_row((900, "1.15", 3))

    assert rows(computed, ALL) == rows(generated, ALL)


@pytest.mark.majors
def test_a_value_that_is_given_is_refused_by_the_server_and_replaced_by_the_trigger(
    database_with: Callable[[str], str],
) -> None:
    generated, computed = database_with(ITEM + ITEMS), database_with(ITEM + ITEMS)
    run(generated, STORED)
    apply(computed, plan_of(Case(given=ITEM, sql=STORED)))
    given = (
        "UPDATE item SET total = 1 WHERE id = 1",
        "INSERT INTO item (id, price, amount, total) VALUES (99, 2, 3, 1)",
    )

    assert [type(error_of(generated, one)) for one in given] == [psycopg.errors.GeneratedAlways] * 2
    assert [error_of(computed, one) for one in given] == [None, None]
    assert (
        rows(computed, "SELECT total FROM item WHERE total IS DISTINCT FROM round(price * amount, 1)") == []
    )


@pytest.mark.majors
def test_what_the_trigger_computes_from_cannot_be_dropped_unnoticed(
    database_with: Callable[[str], str],
) -> None:
    url = database_with(ITEM)
    apply(url, plan_of(Case(given=ITEM, sql=STORED)))

    refused = error_of(url, "ALTER TABLE item DROP COLUMN amount")

    assert isinstance(refused, psycopg.errors.DependentObjectsStillExist)


def test_the_plan_says_what_differs_in_the_end() -> None:
    (note,) = plan_of(Case(given=ITEM, sql=STORED)).notes

    assert note.startswith("public.item.total will be a plain column that a trigger, zzgenerated_item_total")
    assert "stored = rewrite" in note


@pytest.mark.majors
def test_a_table_is_rewritten_where_its_author_says_so(database_with: Callable[[str], str]) -> None:
    naive, url = database_with(ITEM + ITEMS), database_with(ITEM + ITEMS)
    run(naive, STORED)
    plan = plan_of(Case(given=ITEM, sql=f"-- schemaguard: stored = rewrite\n{STORED}"))

    apply(url, plan)

    assert "is written anew" in plan.notes[0]
    assert shape(url) == shape(naive)
    assert rows(url, ALL) == rows(naive, ALL)


@pytest.mark.majors
def test_a_trigger_that_would_come_after_ours_stops_the_release(database_with: Callable[[str], str]) -> None:
    url = database_with(ITEM)
    run(
        url,
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.price := 1; RETURN NEW; END';",
        "CREATE TRIGGER zzz BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION late();",
    )

    with pytest.raises(DatabaseError, match=r"no BEFORE trigger of public\.item comes after"):
        apply(url, plan_of(Case(given=ITEM, sql=STORED)), Phase.EXPAND)

    assert rows(url, "SELECT FROM pg_attribute WHERE attname = 'total'") == []


def planned(sql: str, major: int, *, given: str = ITEM) -> Plan:
    server = Server(major=major)
    frames = frames_of(sql, given=given, server=server)
    return make_plan(frames, release=RELEASE, source=Source(path="script.sql", pieces=()), server=server)


ANOTHER = "ALTER TABLE item ALTER COLUMN shout SET EXPRESSION AS (upper(label) || '!');"


def test_another_expression(database_with: Callable[[str], str], major: int) -> None:
    naive, url = database_with(ITEM + ITEMS), database_with(ITEM + ITEMS)
    if major < 17:
        assert isinstance(error_of(naive, ANOTHER), psycopg.errors.SyntaxError)
        return
    run(naive, ANOTHER)
    plan = planned(ANOTHER, major)
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    assert rows(url, "SELECT FROM item WHERE shout LIKE '%!'") == []

    apply(url, plan, Phase.CONTRACT)

    for write in OLD:
        run(naive, write)
        run(url, write)
    assert rows(url, "SELECT * FROM item ORDER BY id") == rows(naive, "SELECT * FROM item ORDER BY id")


VIRTUAL = "ALTER TABLE item ADD COLUMN total numeric GENERATED ALWAYS AS (price * amount) VIRTUAL;"
VIRTUAL_ANEW = "ALTER TABLE item ALTER COLUMN total SET EXPRESSION AS (price * amount + 1);"


def test_virtual_columns_are_added_and_changed_as_they_are_written(
    database_with: Callable[[str], str], major: int
) -> None:
    naive, url = database_with(ITEM + ITEMS), database_with(ITEM + ITEMS)
    if major < 18:
        assert isinstance(error_of(naive, VIRTUAL), psycopg.errors.SyntaxError)
        return
    run(naive, VIRTUAL)
    apply(url, planned(VIRTUAL, major))
    assert shape(url) == shape(naive)

    later = database_with(ITEM + ITEMS)
    run(later, VIRTUAL)
    run(naive, VIRTUAL_ANEW)
    apply(later, planned(VIRTUAL_ANEW, major, given=ITEM + VIRTUAL))
    assert rows(later, ALL) == rows(naive, ALL)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (STORED.replace("STORED", "STORED CHECK (total > 0)"), "has constraints from the start"),
        (STORED.replace("COLUMN", "COLUMN IF NOT EXISTS"), "is decided when it runs"),
        ("ALTER TABLE item ADD a int; UPDATE item SET a = id;" + STORED, "are kept in step by this release"),
    ],
)
def test_what_is_refused(sql: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        plan_of(Case(given=ITEM, sql=sql))


def test_an_heir_is_not_seen_by_triggers() -> None:
    given = ITEM + "CREATE TABLE special () INHERITS (item);"

    with pytest.raises(Refused, match="has children, whose rows its triggers do not see"):
        plan_of(Case(given=given, sql=STORED))


def test_there_are_two_ways_to_say() -> None:
    with pytest.raises(InputError, match="there are rewrite and trigger"):
        plan_of(Case(given=ITEM, sql=f"-- schemaguard: stored = now\n{STORED}"))


def test_what_is_another_value_in_each_row_says_nothing_of_a_second_column() -> None:
    sql = """
    ALTER TABLE item ADD COLUMN token uuid DEFAULT gen_random_uuid();
    ALTER TABLE item ADD COLUMN copy text;
    UPDATE item SET copy = token::text;
    """
    with pytest.raises(InputError, match="has another value in each row"):
        plan_of(Case(given=ITEM, sql=sql))
