"""What people and programs write while a release is under way is kept, whoever writes it and how."""

import pytest

from schemaguard.errors import InputError, NotSo, SchemaguardError
from schemaguard.phase import Phase
from tests.acceptance.cases import PRICED, SOME, Make, priced
from tests.plan.walking import Case, apply, plan_of, rows, run, shape

pytestmark = pytest.mark.majors


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("to_nmber(price, '99')", "cost::text"),
        ("price::numeric", "cost || nothing"),
        ("price +", "cost::text"),
    ],
)
def test_an_expression_that_is_wrong_stops_the_release_before_it_changes_anything(
    up: str, down: str, database_with: Make
) -> None:
    """A1."""
    url = database_with(PRICED + SOME)
    before, values = shape(url), rows(url, "SELECT * FROM item ORDER BY id")

    with pytest.raises(SchemaguardError):
        apply(url, plan_of(priced(up, down)), Phase.EXPAND)

    assert shape(url) == before
    assert rows(url, "SELECT * FROM item ORDER BY id") == values


def test_an_update_of_another_column_leaves_what_only_the_new_form_can_hold(database_with: Make) -> None:
    """A5."""
    url = database_with(PRICED + SOME)
    apply(url, plan_of(priced("price::numeric", "round(cost)::text")), Phase.EXPAND, Phase.BACKFILL)

    run(url, "UPDATE item SET cost = 4.75 WHERE id = 1; UPDATE item SET note = 'seen' WHERE id = 1;")

    assert rows(url, "SELECT price, cost::text, note FROM item WHERE id = 1") == [("5", "4.75", "seen")]


@pytest.mark.parametrize("path", ["other, public", "pg_catalog", "pg_temp, public"])
def test_writes_are_kept_in_step_whatever_the_search_path(path: str, database_with: Make) -> None:
    """A6."""
    url = database_with(PRICED + SOME + "CREATE SCHEMA other; CREATE TABLE other.item (price text);")
    apply(url, plan_of(priced("price::numeric")), Phase.EXPAND)

    run(url, f"SET search_path = {path}; UPDATE public.item SET price = '9' WHERE id = 1;")

    assert rows(url, "SELECT cost::int FROM public.item WHERE id = 1") == [(9,)]


OWN_PATH = """
CREATE FUNCTION other.pay(n numeric) RETURNS void LANGUAGE sql SET search_path = other
AS 'UPDATE public.item SET cost = n WHERE id = 1';
"""


@pytest.mark.parametrize("path", ["other, public", "pg_catalog"])
def test_a_function_with_a_path_of_its_own_writes_what_it_says(path: str, database_with: Make) -> None:
    """A6."""
    url = database_with(PRICED + SOME + "CREATE SCHEMA other; CREATE TABLE other.item (price text);")
    apply(url, plan_of(priced("price::numeric")), Phase.EXPAND, Phase.BACKFILL)

    run(url, OWN_PATH, f"SET search_path = {path}; SELECT other.pay(4.75)")

    assert rows(url, "SELECT price, cost::text FROM public.item WHERE id = 1") == [("4.75", "4.75")]


LONG = "a_table_with_a_name_of_sixty_three_bytes_which_is_all_there_is"


def test_names_of_all_63_bytes_lose_no_trigger(database_with: Make) -> None:
    """A12."""
    name = f"{LONG}_"[:63]
    case = Case(
        given=f"CREATE TABLE {name} (id int PRIMARY KEY, a text);",
        sql=f"ALTER TABLE {name} RENAME COLUMN a TO b;",
    )
    url = database_with(case.setup)
    apply(url, plan_of(case), Phase.EXPAND)

    run(url, f"INSERT INTO {name} (id, a) VALUES (1, 'x'); UPDATE {name} SET a = 'y';")

    assert len(name.encode()) == 63
    assert rows(url, f"SELECT a, b FROM {name}") == [("y", "y")]


def test_a_generated_column_in_an_expression_is_refused(database_with: Make) -> None:
    """A13."""
    del database_with
    case = Case(
        given="CREATE TABLE t (id int PRIMARY KEY, a int, g int GENERATED ALWAYS AS (a + 1) STORED);",
        sql="ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = g;",
    )

    with pytest.raises(InputError, match="a generated column, which has no value yet"):
        plan_of(case)


def test_a_function_of_the_user_is_found_by_writers_with_any_path(database_with: Make) -> None:
    """A14."""
    own = "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2';"
    case = Case(
        given=f"{own} CREATE TABLE t (id int PRIMARY KEY, a int);",
        rows="INSERT INTO t VALUES (1, 1);",
        sql="ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = twice(a);",
    )
    url = database_with(case.setup)
    apply(url, plan_of(case), Phase.EXPAND, Phase.BACKFILL)

    run(url, "SET search_path = ''; INSERT INTO public.t (id, a) VALUES (2, 5);")

    assert rows(url, "SELECT a, b FROM t ORDER BY a") == [(1, 2), (5, 10)]


TOUCH = """
CREATE TABLE audit (at timestamptz);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql
AS $$BEGIN NEW.note = 'touched'; INSERT INTO public.audit VALUES (now()); RETURN NEW; END$$;
CREATE TRIGGER item_touch BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch();
"""


def test_triggers_of_the_user_fire_for_a_backfill_only_if_they_may(database_with: Make) -> None:
    """A15."""
    case = Case(
        given=PRICED, rows=SOME + TOUCH, sql="ALTER TABLE item ADD COLUMN b text; UPDATE item SET b = price;"
    )
    url = database_with(case.setup)

    with pytest.raises(NotSo, match=r"the backfill of public\.item calls no trigger but ours"):
        apply(url, plan_of(case), Phase.EXPAND)

    assert rows(url, "SELECT count(*) FROM audit") == [(0,)]
    said = Case(given=PRICED, sql=f"-- schemaguard: fire = item_touch\n{case.sql}")
    apply(url, plan_of(said), Phase.EXPAND, Phase.BACKFILL)
    assert rows(url, "SELECT count(*) FROM audit") == [(20,)]


def test_a_trigger_of_one_partition_alone_is_asked_for_too(database_with: Make) -> None:
    """A15."""
    parted = "CREATE TABLE item (id bigint PRIMARY KEY, price text, note text) PARTITION BY RANGE (id);"
    part = "CREATE TABLE item_1 PARTITION OF item FOR VALUES FROM (1) TO (100);"
    trigger = TOUCH.replace("ON item", "ON item_1")
    case = Case(
        given=parted + part,
        rows=trigger,
        sql="ALTER TABLE item ADD COLUMN b text; UPDATE item SET b = price;",
    )

    with pytest.raises(NotSo, match=r"the backfill of public\.item calls no trigger but ours"):
        apply(database_with(case.setup), plan_of(case), Phase.EXPAND)


@pytest.mark.parametrize("event", ["INSERT", "UPDATE OF note", "DELETE"])
def test_triggers_that_a_backfill_does_not_call_need_no_leave(event: str, database_with: Make) -> None:
    """A15."""
    trigger = TOUCH.replace("BEFORE UPDATE", f"BEFORE {event}")
    case = Case(
        given=PRICED,
        rows=SOME + trigger,
        sql="ALTER TABLE item ADD COLUMN b text; UPDATE item SET b = price;",
    )
    url = database_with(case.setup)

    apply(url, plan_of(case), Phase.EXPAND, Phase.BACKFILL)

    assert rows(url, "SELECT count(*) FROM audit") == [(0,)]
    assert rows(url, "SELECT count(*) FROM item WHERE b IS NULL") == [(0,)]


def test_a_column_that_is_dropped_can_be_left_out_from_the_expand_on(database_with: Make) -> None:
    """A19."""
    case = Case(
        given="CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL);",
        sql="ALTER TABLE t DROP COLUMN a;",
    )
    url = database_with(case.setup)
    apply(url, plan_of(case), Phase.EXPAND)

    run(url, "INSERT INTO t (id) VALUES (1); INSERT INTO t (id, a) VALUES (2, 'x');")

    assert rows(url, "SELECT id, a FROM t ORDER BY id") == [(1, None), (2, "x")]
