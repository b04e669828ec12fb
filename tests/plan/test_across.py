"""Columns that move to a table of their own: both tables say the same, whoever writes to which, and how."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest

from schemaguard.errors import NotSo, Refused
from schemaguard.phase import Phase
from schemaguard.postgres.connect import connect
from tests.plan.walking import Case, apply, plan_of, rows, run, shape

pytestmark = pytest.mark.majors

MakeDatabase = Callable[[str], str]
BEFORE = """
CREATE TABLE customer (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'x', street text, city text);
INSERT INTO customer VALUES (1, 'Ann', 'Elm', 'Bonn'), (2, 'Bo', NULL, NULL), (3, 'Cy', NULL, 'Rome');
"""


def moving(
    points: str = "REFERENCES customer", where: str = "street IS NOT NULL OR city IS NOT NULL"
) -> Case:
    """The release, with a foreign key of that kind."""
    return Case(
        given=BEFORE.split("INSERT", maxsplit=1)[0],
        rows="INSERT" + BEFORE.split("INSERT", maxsplit=1)[1],
        sql=f"""
        CREATE TABLE address (customer_id bigint PRIMARY KEY {points}, street text, city text);
        INSERT INTO address (customer_id, street, city)
        SELECT c.id, c.street, c.city AS town FROM customer AS c {f"WHERE {where}" if where else ""};
        ALTER TABLE customer DROP COLUMN street, DROP COLUMN city;
        """,
    )


KEYS = {
    "NO ACTION": "REFERENCES customer",
    "CASCADE": "REFERENCES customer ON DELETE CASCADE ON UPDATE CASCADE",
    "RESTRICT": "REFERENCES customer ON DELETE RESTRICT ON UPDATE RESTRICT",
    "SET NULL": "REFERENCES customer ON DELETE SET NULL",
    "deferred": "REFERENCES customer DEFERRABLE INITIALLY DEFERRED",
    "none": "",
}
Said = tuple[str | None, str | None]
NOTHING: Said = (None, None)
ANN: Said = ("Elm", "Bonn")
CY: Said = (None, "Rome")


@dataclass(frozen=True)
class Told:
    """Transactions, and what the two tables say after them; of the new one what is not said is the same."""

    sent: tuple[str, ...]
    old: dict[int, Said]
    new: dict[int, Said]


def told(*sent: str, old: dict[int, Said] | None = None, new: dict[int, Said] | None = None) -> Told:
    before = {1: ANN, 2: NOTHING, 3: CY}
    old = {key: said for key, said in (before | (old or {})).items() if said != GONE}
    follows = {key: said for key, said in old.items() if said != NOTHING}
    new = {key: said for key, said in (follows | (new or {})).items() if said != GONE}
    return Told(sent, old, new)


GONE: Said = ("gone", "gone")
TABLE = {
    "nobody writes": told(),
    "old inserts": told("INSERT INTO customer VALUES (4, 'Di', 'Oak', 'Oslo')", old={4: ("Oak", "Oslo")}),
    "old inserts half": told("INSERT INTO customer (id, city) VALUES (4, 'Oslo')", old={4: (None, "Oslo")}),
    "old inserts nothing": told("INSERT INTO customer (id) VALUES (4)", old={4: NOTHING}),
    "old inserts NULL": told("INSERT INTO customer VALUES (4, 'Di', NULL, NULL)", old={4: NOTHING}),
    "new inserts one": told("INSERT INTO customer (id) VALUES (4)", old={4: NOTHING}),
    "new inserts both in a transaction": told(
        "INSERT INTO customer (id) VALUES (4); INSERT INTO address VALUES (4, 'Oak', 'Oslo')",
        old={4: ("Oak", "Oslo")},
    ),
    "new inserts both in two": told(
        "INSERT INTO customer (id) VALUES (4)",
        "INSERT INTO address VALUES (4, 'Oak')",
        old={4: ("Oak", None)},
    ),
    "new inserts both in one statement": told(
        "WITH c AS (INSERT INTO customer (id) VALUES (4) RETURNING id)"
        " INSERT INTO address SELECT id, 'Oak' FROM c",
        old={4: ("Oak", None)},
    ),
    "new inserts NULL": told("INSERT INTO address VALUES (2, NULL, NULL)", new={2: NOTHING}),
    "new adds to an old row": told("INSERT INTO address VALUES (2, 'Oak')", old={2: ("Oak", None)}),
    "old updates": told("UPDATE customer SET street = 'Oak' WHERE id = 1", old={1: ("Oak", "Bonn")}),
    "old updates to something": told(
        "UPDATE customer SET city = 'Oslo' WHERE id = 2", old={2: (None, "Oslo")}
    ),
    "old updates to NULL": told("UPDATE customer SET street = NULL WHERE id = 1", old={1: (None, "Bonn")}),
    "old updates to nothing": told(
        "UPDATE customer SET street = NULL, city = NULL", old=dict.fromkeys((1, 3), NOTHING)
    ),
    "new updates": told("UPDATE address SET street = 'Oak' WHERE customer_id = 1", old={1: ("Oak", "Bonn")}),
    "new updates to nothing": told(
        "UPDATE address SET street = NULL, city = NULL",
        old=dict.fromkeys((1, 3), NOTHING),
        new=dict.fromkeys((1, 3), NOTHING),
    ),
    "old updates what new has emptied": told(
        "UPDATE address SET street = NULL, city = NULL WHERE customer_id = 1",
        "UPDATE customer SET city = 'Oslo' WHERE id = 1",
        old={1: (None, "Oslo")},
    ),
    "both update, old first": told(
        "UPDATE customer SET street = 'Oak' WHERE id = 1;"
        "UPDATE address SET city = 'Oslo' WHERE customer_id = 1",
        old={1: ("Oak", "Oslo")},
    ),
    "both update, new first": told(
        "UPDATE address SET city = 'Oslo' WHERE customer_id = 1;"
        "UPDATE customer SET street = 'Oak' WHERE id = 1",
        old={1: ("Oak", "Oslo")},
    ),
    "neither updates": told(
        "UPDATE customer SET name = 'z', street = street; UPDATE address SET city = city",
    ),
    "old deletes": told("DELETE FROM customer WHERE id = 1", old={1: GONE}),
    "old deletes all": told("DELETE FROM customer", old=dict.fromkeys((1, 2, 3), GONE)),
    "old deletes and inserts": told(
        "DELETE FROM customer WHERE id = 1; INSERT INTO customer (id, city) VALUES (1, 'Oslo')",
        old={1: (None, "Oslo")},
    ),
    "new deletes": told("DELETE FROM address WHERE customer_id = 1", old={1: NOTHING}),
    "new deletes all": told("DELETE FROM address", old=dict.fromkeys((1, 3), NOTHING)),
    "new deletes both": told(
        "DELETE FROM address WHERE customer_id = 1; DELETE FROM customer WHERE id = 1", old={1: GONE}
    ),
    "new deletes and inserts": told(
        "DELETE FROM address WHERE customer_id = 1; INSERT INTO address VALUES (1, 'Oak')",
        old={1: ("Oak", None)},
    ),
    "new truncates": told("TRUNCATE address", old=dict.fromkeys((1, 3), NOTHING)),
    "both are truncated": told("TRUNCATE customer, address", old=dict.fromkeys((1, 2, 3), GONE)),
    "old truncates with what points to it": told(
        "TRUNCATE customer CASCADE", old=dict.fromkeys((1, 2, 3), GONE)
    ),
    "old changes the key": told("UPDATE customer SET id = 9 WHERE id = 1", old={1: GONE, 9: ANN}),
    "old changes key and value": told(
        "UPDATE customer SET id = 9, street = 'Oak' WHERE id = 1", old={1: GONE, 9: ("Oak", "Bonn")}
    ),
    "old changes keys one after the other": told(
        "UPDATE customer SET id = 5 WHERE id = 3; UPDATE customer SET id = 3 WHERE id = 1",
        old={1: GONE, 3: ANN, 5: CY},
    ),
    "old changes the key of a row that says nothing": told(
        "UPDATE customer SET id = 9 WHERE id = 2", old={2: GONE, 9: NOTHING}
    ),
    "new changes the key": told(
        "UPDATE address SET customer_id = 2 WHERE customer_id = 1", old={1: NOTHING, 2: ANN}
    ),
    "old inserts or updates": told(
        "INSERT INTO customer VALUES (1, 'Ann', 'Oak', 'Oslo'), (4, 'Di', NULL, 'Oslo') ON CONFLICT (id)"
        " DO UPDATE SET street = excluded.street",
        old={1: ("Oak", "Bonn"), 4: (None, "Oslo")},
    ),
    "old inserts or does nothing": told(
        "INSERT INTO customer VALUES (1, 'Ann', 'Oak', 'Oslo') ON CONFLICT DO NOTHING",
    ),
    "new inserts or updates": told(
        "INSERT INTO address VALUES (1, 'Oak'), (2, 'Ash') ON CONFLICT (customer_id)"
        " DO UPDATE SET street = excluded.street",
        old={1: ("Oak", "Bonn"), 2: ("Ash", None)},
    ),
    "new inserts or does nothing": told("INSERT INTO address VALUES (1, 'Oak') ON CONFLICT DO NOTHING"),
}


def says(url: str) -> tuple[dict[int, Said], dict[int, Said]]:
    old = rows(url, "SELECT id, street, city FROM customer")
    new = rows(url, "SELECT customer_id, street, city FROM address")
    return {key: (a, b) for key, a, b in old}, {key: (a, b) for key, a, b in new}


def transactions(url: str, *scripts: str) -> None:
    with connect(url) as conn:
        for script in scripts:
            with conn.transaction():
                conn.execute(script.encode())


@pytest.mark.parametrize("points", KEYS)
def test_both_tables_say_the_same_whoever_writes(points: str, database_with: MakeDatabase) -> None:
    """One database for all lines: each is taken back."""
    case = moving(KEYS[points])
    url = database_with(case.setup)
    apply(url, plan_of(case), Phase.EXPAND, Phase.BACKFILL)
    wrong = {}

    for name, line in TABLE.items():
        again = after(url, line)
        if again != (line.old, line.new):
            wrong[name] = again

    assert wrong == {}


def after(url: str, line: Told) -> tuple[dict[int, Said], dict[int, Said]] | str:
    """What the tables say after these transactions; then all is as before."""
    with connect(url) as conn:
        conn.execute("BEGIN")
        try:
            for script in line.sent:
                conn.execute(script.encode())
                conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
                conn.execute("SET CONSTRAINTS ALL DEFERRED")
            old = conn.execute("SELECT id, street, city FROM customer").fetchall()
            new = conn.execute("SELECT customer_id, street, city FROM address").fetchall()
        except psycopg.Error as error:
            return str(error)
        finally:
            conn.rollback()
        return {key: (a, b) for key, a, b in old}, {key: (a, b) for key, a, b in new}


def test_rows_that_say_nothing_get_theirs_in_the_end_where_the_migration_gives_them_one(
    database_with: MakeDatabase,
) -> None:
    case = moving(where="")
    url = expanded(case, database_with)
    assert says(url)[1] == {1: ANN, 2: NOTHING, 3: CY}

    run(
        url,
        "UPDATE customer SET city = NULL WHERE id = 3",
        "INSERT INTO customer (id) VALUES (4), (5), (6)",
        "INSERT INTO address VALUES (5, 'Oak')",
        "DELETE FROM address WHERE customer_id = 1",
        "UPDATE customer SET city = 'Oslo' WHERE id = 2",
    )

    said = {1: NOTHING, 2: (None, "Oslo"), 3: NOTHING, 4: NOTHING, 5: ("Oak", None), 6: NOTHING}
    assert says(url) == (said, {2: (None, "Oslo"), 3: NOTHING, 5: ("Oak", None)})
    apply(url, plan_of(case), Phase.CONTRACT)
    new = rows(url, "SELECT customer_id, street, city FROM address")
    assert {key: (a, b) for key, a, b in new} == said


def test_copy_makes_the_other_row(database_with: MakeDatabase) -> None:
    url = expanded(moving(), database_with)

    with connect(url) as conn:
        for table, line in (
            ("customer (id, street)", "4\tOak\n"),
            ("address (customer_id, city)", "2\tOslo\n"),
        ):
            with conn.cursor().copy(f"COPY {table} FROM stdin".encode()) as copy:
                copy.write(line)

    assert says(url)[1] == {1: ANN, 2: (None, "Oslo"), 3: CY, 4: ("Oak", None)}
    assert says(url)[0] == says(url)[1]


def test_who_may_write_one_table_alone_still_writes_it(database_with: MakeDatabase) -> None:
    url = expanded(moving(), database_with)
    role = f"clerk_{secrets.token_hex(4)}"
    run(url, f"CREATE ROLE {role}; GRANT INSERT, UPDATE, DELETE, SELECT ON customer TO {role};")
    try:
        with connect(url) as conn:
            conn.execute(f"SET ROLE {role}".encode())
            conn.execute("UPDATE customer SET street = 'Oak' WHERE id = 1")
            conn.execute("DELETE FROM customer WHERE id = 3")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute("SELECT FROM address")
    finally:
        run(url, f"DROP OWNED BY {role}; DROP ROLE {role};")

    assert says(url)[1] == {1: ("Oak", "Bonn")}


def test_nobody_else_makes_a_trigger_of_functions_that_have_our_rights(database_with: MakeDatabase) -> None:
    url = expanded(moving(), database_with)
    role = f"thief_{secrets.token_hex(4)}"
    (function,) = rows(url, "SELECT oid::regproc::text FROM pg_proc WHERE proname LIKE 'zzsync_customer%'")
    run(url, f"CREATE ROLE {role}; CREATE SCHEMA {role} AUTHORIZATION {role};")
    try:
        with connect(url) as conn:
            conn.execute(f"SET ROLE {role}".encode())
            conn.execute(f"CREATE TABLE {role}.mine (id bigint, street text, city text)".encode())
            making = (
                f"CREATE TRIGGER t AFTER DELETE ON {role}.mine FOR EACH ROW EXECUTE FUNCTION {function[0]}()"
            )
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(making.encode())
    finally:
        run(url, f"DROP OWNED BY {role}; DROP ROLE {role};")


def test_a_search_path_without_public_changes_nothing(database_with: MakeDatabase) -> None:
    url = expanded(moving(), database_with)

    transactions(
        url, "SET LOCAL search_path = pg_temp; UPDATE public.customer SET street = 'Oak' WHERE id = 1"
    )

    assert says(url)[1] == {1: ("Oak", "Bonn"), 3: CY}


def test_triggers_of_the_application_that_write_the_row_again_have_the_last_word(
    database_with: MakeDatabase,
) -> None:
    url = expanded(moving(), database_with)
    run(
        url,
        """
        CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN UPDATE customer SET street = upper(street) WHERE street <> upper(street); RETURN NULL; END $$;
        CREATE TRIGGER "!!" AFTER UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION shout();
        """,
    )

    run(url, "UPDATE customer SET street = 'Oak'", "UPDATE address SET street = 'Ash' WHERE customer_id = 2")

    assert says(url)[0] == {1: ("OAK", "Bonn"), 2: ("ASH", None), 3: ("OAK", "Rome")}
    assert says(url)[0] == says(url)[1]


def test_a_row_that_old_code_could_not_write_makes_no_row_that_the_new_table_refuses(
    database_with: MakeDatabase,
) -> None:
    case = Case(
        given="CREATE TABLE customer (id bigint PRIMARY KEY, street text NOT NULL, city text);",
        rows="INSERT INTO customer VALUES (1, 'Elm', 'Bonn');",
        sql="""
        CREATE TABLE address (id bigint PRIMARY KEY REFERENCES customer, street text NOT NULL, city text);
        INSERT INTO address SELECT id, street, city FROM customer;
        ALTER TABLE customer DROP COLUMN street, DROP COLUMN city;
        """,
    )
    url = expanded(case, database_with)

    run(url, "INSERT INTO customer (id) VALUES (2)", "UPDATE customer SET city = 'Oslo' WHERE id = 2")

    assert rows(url, "SELECT street, city FROM customer ORDER BY id") == [ANN, (None, "Oslo")]
    assert rows(url, "SELECT street, city FROM address") == [ANN]
    with pytest.raises(NotSo, match="no row is missing there"):
        apply(url, plan_of(case), Phase.CONTRACT)


@pytest.mark.parametrize(
    "broken",
    [
        "SET session_replication_role = replica; UPDATE customer SET city = 'Oslo' WHERE id = 1",
        "SET session_replication_role = replica; INSERT INTO customer VALUES (4, 'Di', 'Oak')",
        "SET session_replication_role = replica; DELETE FROM address WHERE customer_id = 1",
        "SET session_replication_role = replica; INSERT INTO address VALUES (2, 'Oak')",
    ],
)
def test_what_was_written_past_the_triggers_stops_the_contract(
    broken: str, database_with: MakeDatabase
) -> None:
    url = expanded(moving(), database_with)
    before = shape(url)

    run(url, broken)

    with pytest.raises(NotSo, match=r"public\.address says the same as .*, and no row is missing there"):
        apply(url, plan_of(moving()), Phase.CONTRACT)
    assert shape(url) == before


def test_triggers_that_were_switched_off_stop_the_contract(database_with: MakeDatabase) -> None:
    url = expanded(moving(), database_with)

    run(url, "ALTER TABLE address DISABLE TRIGGER ALL")

    with pytest.raises(Refused, match="follow street and city of public"):
        apply(url, plan_of(moving()), Phase.CONTRACT)


def test_in_the_end_nothing_is_left_but_the_rows(database_with: MakeDatabase) -> None:
    url = expanded(moving(), database_with)

    apply(url, plan_of(moving()), Phase.CONTRACT)

    assert rows(url, "SELECT * FROM customer ORDER BY id") == [(1, "Ann"), (2, "Bo"), (3, "Cy")]
    assert rows(url, "SELECT * FROM address ORDER BY 1") == [(1, *ANN), (3, *CY)]
    assert rows(url, "SELECT FROM pg_trigger WHERE NOT tgisinternal") == []
    assert (
        rows(url, "SELECT FROM pg_proc WHERE proname LIKE '%sync%' AND pronamespace = 'public'::regnamespace")
        == []
    )


def test_names_of_the_longest_tables_stay_apart(database_with: MakeDatabase) -> None:
    one, other = "s" * 63, "t" * 63
    case = Case(
        given=f"CREATE TABLE {one} (id int PRIMARY KEY, a text);",
        rows=f"INSERT INTO {one} VALUES (1, 'x');",
        sql=f"""
        CREATE TABLE {other} (id int PRIMARY KEY, a text);
        INSERT INTO {other} SELECT id, a FROM {one} WHERE a IS NOT NULL;
        ALTER TABLE {one} DROP COLUMN a;
        """,
    )
    url = expanded(case, database_with)

    run(
        url,
        f"UPDATE {one} SET a = 'y'",
        f"INSERT INTO {one} VALUES (2, 'z')",
        f"DELETE FROM {one} WHERE id = 1",
    )

    assert rows(url, f"SELECT * FROM {other}") == [(2, "z")]


CUSTOMER = "CREATE TABLE customer (id bigint PRIMARY KEY, name text, street text, city text);"
INSERT = "INSERT INTO address SELECT id, street, city FROM customer WHERE street IS NOT NULL"
MADE = "CREATE TABLE address (customer_id bigint PRIMARY KEY, street text, city text);"


REFUSED = {
    "DISTINCT": ("", "", "SELECT -> SELECT DISTINCT"),
    "rows become others than they were: GROUP": ("", "", "NOT NULL -> NOT NULL GROUP BY id, street, city"),
    "a second table": ("", "", "customer -> customer JOIN other USING (id)"),
    "upper(street), and nothing says how": ("", "", "street, -> upper(street),"),
    "name of public.customer is no primary": ("", "", "city FROM -> name FROM"),
    "its WHERE asks for name, which stays": ("", "", "street IS -> name IS"),
    "not the same each time": ("", "", "street IS -> random()::text IS"),
    "by which rows belong together, may be NULL": ("PRIMARY KEY -> UNIQUE", "", ""),
    "of two types, integer and bigint": ("bigint -> int", "", ""),
    "public.customer.city has a default": ("city text -> city text DEFAULT 'x'", "", ""),
    "address_street_key of public.address may refuse": ("", "street text -> street text UNIQUE", ""),
    "address_city_check of public.address may refuse": ("", "city text -> city text CHECK (city <> '')", ""),
    "city may be NULL, and city of public.address may not": ("", "city text -> city text NOT NULL", ""),
    "n of public.address must have a value": ("", "city text -> city text, n int NOT NULL", ""),
    "customer_id of public.address is no primary key": ("", "PRIMARY KEY -> NOT NULL", ""),
    "is partitioned, or inherits": ("; -> PARTITION BY HASH (id);", "", ""),
}


@pytest.mark.parametrize(("why", "changed"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_moved_gently_is_refused_with_the_reason(why: str, changed: tuple[str, ...]) -> None:
    given, made, insert = (
        re.sub(re.escape(change.partition(" -> ")[0]), change.partition(" -> ")[2], text) if change else text
        for text, change in zip((CUSTOMER, MADE, INSERT), changed, strict=True)
    )
    dropped = "ALTER TABLE customer DROP COLUMN street, DROP COLUMN city;"
    other = "CREATE TABLE other (id bigint PRIMARY KEY);"

    with pytest.raises(Refused, match=re.escape(why)) as refused:
        plan_of(Case(given=given + other, sql=f"{made}{insert};{dropped}"))

    assert "In steps: a release that makes the new table" in str(refused.value)


@pytest.mark.parametrize("where", ["true", "street IS NULL OR street <> ''"])
def test_a_where_that_takes_rows_without_anything_stops_the_release(
    where: str, database_with: MakeDatabase
) -> None:
    case = moving(where=where)
    url = database_with(case.setup)

    with pytest.raises(NotSo, match="such a row of new code looks like one of old"):
        apply(url, plan_of(case), Phase.EXPAND)


def test_a_table_in_use_gets_no_rows_of_columns_that_are_dropped() -> None:
    with pytest.raises(Refused, match=r"public\.address is in use, and each row of it need not be one"):
        plan_of(Case(given=CUSTOMER + MADE, sql=f"{INSERT}; ALTER TABLE customer DROP COLUMN street;"))


def test_two_statements_that_make_rows_are_refused() -> None:
    given = CUSTOMER.replace("name text", "name text, kind text")
    other = "INSERT INTO address (customer_id, kind) SELECT id, kind FROM customer WHERE kind IS NOT NULL"
    made = MADE.replace("city text", "city text, kind text")

    with pytest.raises(Refused, match=r"rows of public\.address are made by two statements"):
        plan_of(
            Case(
                given=given,
                sql=f"{made}{INSERT};{other}; ALTER TABLE customer DROP COLUMN street, DROP COLUMN city,"
                " DROP COLUMN kind;",
            )
        )


def test_a_trigger_that_fills_what_moves_stops_the_release(database_with: MakeDatabase) -> None:
    case = moving()
    url = database_with(case.setup)
    run(
        url,
        """
        CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.street := coalesce(NEW.street, 'none'); RETURN NEW; END $$;
        CREATE TRIGGER fill BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION fill();
        """,
    )

    with pytest.raises(NotSo, match="where new code leaves them out they must be NULL"):
        apply(url, plan_of(case), Phase.EXPAND)


def expanded(case: Case, database_with: MakeDatabase) -> str:
    """A database after expand and backfill."""
    url = database_with(case.setup)
    apply(url, plan_of(case), Phase.EXPAND, Phase.BACKFILL)
    return url
