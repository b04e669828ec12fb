"""Columns that move to a table which code uses already: rows that belong together say the same."""

import re
from collections.abc import Callable

import psycopg
import pytest

from schemaguard.errors import NotSo, Refused
from schemaguard.phase import Phase
from schemaguard.postgres.connect import connect
from tests.plan.walking import Case, apply, plan_of, rows, run

pytestmark = pytest.mark.majors

MakeDatabase = Callable[[str], str]
CASCADE = "REFERENCES customer ON DELETE CASCADE ON UPDATE CASCADE"
GIVEN = """
CREATE TABLE customer (id bigint PRIMARY KEY, phone text);
CREATE TABLE contact (customer_id bigint PRIMARY KEY REFERENCES customer, mail text);
"""
UPDATE = "UPDATE contact AS t SET phone = c.phone FROM customer c WHERE t.customer_id = c.id;"
Said = dict[int, str | None]


def moving(points: str = "REFERENCES customer", update: str = UPDATE) -> Case:
    """The release, with a foreign key of that kind."""
    return Case(
        given=GIVEN.replace("REFERENCES customer", points),
        rows="""
        INSERT INTO customer VALUES (1, 'p'), (2, NULL), (3, 'q');
        INSERT INTO contact VALUES (1), (2);
        """,
        sql=f"""
        ALTER TABLE contact ADD COLUMN phone text;
        {update}
        ALTER TABLE customer DROP COLUMN phone;
        """,
    )


#: What is sent, and what the old and the new column say then, where that is not as before.
TABLE: dict[str, tuple[str, dict[int, str | None], dict[int, str | None]]] = {
    "nobody writes": ("", {}, {}),
    "old inserts both": (
        "INSERT INTO customer VALUES (4, 'n'); INSERT INTO contact VALUES (4, 'm')",
        {4: "n"},
        {4: "n"},
    ),
    "old inserts one": ("INSERT INTO customer VALUES (4, 'n')", {4: "n"}, {}),
    "old inserts the other": ("INSERT INTO contact VALUES (3, 'm')", {}, {3: "q"}),
    "new inserts both": (
        "INSERT INTO customer VALUES (4); INSERT INTO contact (customer_id, phone) VALUES (4, 'n')",
        {4: "n"},
        {4: "n"},
    ),
    "new inserts both without a value": (
        "INSERT INTO customer VALUES (4); INSERT INTO contact VALUES (4)",
        {4: None},
        {4: None},
    ),
    "new inserts the other": ("INSERT INTO contact (customer_id, phone) VALUES (3, 'n')", {3: "n"}, {3: "n"}),
    "new inserts the other with NULL": ("INSERT INTO contact VALUES (3, 'm', NULL)", {}, {3: "q"}),
    "old updates": ("UPDATE customer SET phone = 'n' WHERE id = 1", {1: "n"}, {1: "n"}),
    "old updates what has no other": ("UPDATE customer SET phone = 'n' WHERE id = 3", {3: "n"}, {}),
    "old updates to NULL": ("UPDATE customer SET phone = NULL WHERE id = 1", {1: None}, {1: None}),
    "new updates": ("UPDATE contact SET phone = 'n' WHERE customer_id = 2", {2: "n"}, {2: "n"}),
    "new updates to NULL": ("UPDATE contact SET phone = NULL", {1: None}, {1: None}),
    "old and then new": (
        "UPDATE customer SET phone = 'o' WHERE id = 1; UPDATE contact SET phone = 'n' WHERE customer_id = 1",
        {1: "n"},
        {1: "n"},
    ),
    "new and then old": (
        "UPDATE contact SET phone = 'n' WHERE customer_id = 1; UPDATE customer SET phone = 'o' WHERE id = 1",
        {1: "o"},
        {1: "o"},
    ),
    "neither": ("UPDATE contact SET mail = 'x', phone = phone; UPDATE customer SET phone = phone", {}, {}),
    "the other is deleted": ("DELETE FROM contact WHERE customer_id = 1", {}, {1: "gone"}),
    "the other is deleted and comes again": (
        "DELETE FROM contact WHERE customer_id = 1; INSERT INTO contact VALUES (1)",
        {},
        {},
    ),
    "the other goes to another row": (
        "UPDATE contact SET customer_id = 3 WHERE customer_id = 1",
        {},
        {1: "gone", 3: "q"},
    ),
    "the other goes to another row, with a value": (
        "UPDATE contact SET customer_id = 3, phone = 'n' WHERE customer_id = 1",
        {3: "n"},
        {1: "gone", 3: "n"},
    ),
    "old inserts or updates": (
        "INSERT INTO customer VALUES (1, 'n'), (4, 'o') ON CONFLICT (id) DO UPDATE SET phone = 'n'",
        {1: "n", 4: "o"},
        {1: "n"},
    ),
    "new inserts or updates": (
        """
        INSERT INTO contact VALUES (1, '', 'n'), (3, '', 'o')
        ON CONFLICT (customer_id) DO UPDATE SET phone = excluded.phone
        """,
        {1: "n", 3: "o"},
        {1: "n", 3: "o"},
    ),
    "the other is emptied": ("TRUNCATE contact", {}, {1: "gone", 2: "gone"}),
    "both are emptied": (
        "TRUNCATE customer, contact",
        {1: "gone", 2: "gone", 3: "gone"},
        {1: "gone", 2: "gone"},
    ),
}
CASCADING = {
    "a row is deleted": ("DELETE FROM customer WHERE id = 1", {1: "gone"}, {1: "gone"}),
    "a key changes": ("UPDATE customer SET id = 9 WHERE id = 1", {1: "gone", 9: "p"}, {1: "gone", 9: "p"}),
    "a key and a value change": (
        "UPDATE customer SET id = 9, phone = 'n' WHERE id = 1",
        {1: "gone", 9: "n"},
        {1: "gone", 9: "n"},
    ),
}
ALONE = {
    "new inserts the other first": (
        "INSERT INTO contact (customer_id, phone) VALUES (4, 'n'); INSERT INTO customer VALUES (4)",
        {4: "n"},
        {4: "n"},
    ),
    "old inserts the other first": (
        "INSERT INTO contact VALUES (4); INSERT INTO customer VALUES (4, 'o')",
        {4: "o"},
        {4: "o"},
    ),
    "a row is deleted": ("DELETE FROM customer WHERE id = 1", {1: "gone"}, {}),
}


def changed(before: Said, changes: Said) -> Said:
    return {key: said for key, said in (before | changes).items() if said != "gone"}


@pytest.mark.parametrize(
    ("points", "lines"),
    [(CASCADE, TABLE | CASCADING), ("REFERENCES customer", TABLE), ("", TABLE | ALONE)],
    ids=["cascading", "refusing", "without a key"],
)
def test_rows_that_belong_together_say_the_same_whoever_writes(
    points: str, lines: dict[str, tuple[str, Said, Said]], database_with: MakeDatabase
) -> None:
    url = expanded(moving(points), database_with)
    wrong = {}

    for name, (sent, old, new) in lines.items():
        found = after(url, sent)
        if found != (changed({1: "p", 2: None, 3: "q"}, old), changed({1: "p", 2: None}, new)):
            wrong[name] = found

    assert wrong == {}


def after(url: str, script: str) -> tuple[Said, Said] | str:
    """What the tables say after the script; then all is as before."""
    with connect(url) as conn:
        conn.execute("BEGIN")
        try:
            if script:
                conn.execute(script.encode())
            old = conn.execute("SELECT id, phone FROM customer").fetchall()
            new = conn.execute("SELECT customer_id, phone FROM contact").fetchall()
        except psycopg.Error as error:
            return str(error)
        finally:
            conn.rollback()
        return dict(old), dict(new)


def test_what_was_written_past_the_triggers_stops_the_contract(database_with: MakeDatabase) -> None:
    url = expanded(moving(), database_with)

    run(url, "SET session_replication_role = replica; UPDATE customer SET phone = 'n' WHERE id = 1")

    with pytest.raises(NotSo, match=r"public\.contact says the same as"):
        apply(url, plan_of(moving()), Phase.CONTRACT)


def test_in_the_end_the_rows_are_what_the_migration_says(database_with: MakeDatabase) -> None:
    url = expanded(moving(), database_with)

    apply(url, plan_of(moving()), Phase.CONTRACT)

    assert rows(url, "SELECT * FROM contact ORDER BY 1") == [(1, None, "p"), (2, None, None)]
    assert rows(url, "SELECT * FROM customer ORDER BY 1") == [(1,), (2,), (3,)]
    assert rows(url, "SELECT FROM pg_trigger WHERE NOT tgisinternal") == []


def test_a_trigger_that_the_backfill_would_call_stops_the_release(database_with: MakeDatabase) -> None:
    url = database_with(moving().setup)
    run(
        url,
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER f BEFORE UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION f();",
    )

    with pytest.raises(NotSo, match=r"the backfill of public\.contact calls no trigger but ours"):
        apply(url, plan_of(moving()), Phase.EXPAND)


REFUSED = {
    "joined by =, can be followed: a second table": ("", "", "customer c -> customer c JOIN other o ON true"),
    "joined by =, can be followed: an expression": ("", "", "= c.phone -> = lower(c.phone)"),
    "phone has a default or is NOT NULL": ("", "phone text -> phone text DEFAULT ''", ""),
    "public.customer.phone has a default": ("phone text -> phone text DEFAULT ''", "", ""),
    "phone and phone are of two types, text and character varying(9)": (
        "",
        "phone text -> phone varchar(9)",
        "",
    ),
    "by which rows belong together, may be NULL": ("bigint PRIMARY KEY REF -> bigint UNIQUE REF", "", ""),
    "customer_id of public.contact is no primary key": (
        "bigint PRIMARY KEY REF -> bigint NOT NULL REF",
        "",
        "",
    ),
    "contact_phone_key of public.contact may refuse": (
        "",
        "; -> ; ALTER TABLE contact ADD UNIQUE (phone);",
        "",
    ),
    "public.contact.mail is not added by this release": ("", "", "SET phone -> SET mail"),
    "x is no column of the table that is written": ("", "", "t.customer_id -> t.x"),
}


@pytest.mark.parametrize(("why", "changes"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_moved_gently_is_refused_with_the_reason(why: str, changes: tuple[str, ...]) -> None:
    given, added, update = (
        re.sub(re.escape(change.partition(" -> ")[0]), change.partition(" -> ")[2], text, count=1)
        if change
        else text
        for text, change in zip(
            (GIVEN, "ALTER TABLE contact ADD COLUMN phone text;", UPDATE), changes, strict=True
        )
    )
    other = "CREATE TABLE other (id bigint PRIMARY KEY);"

    with pytest.raises(Refused, match=re.escape(why)):
        plan_of(Case(given=given + other, sql=f"{added}{update}ALTER TABLE customer DROP COLUMN phone;"))


def test_columns_that_move_by_two_statements_are_followed_each(database_with: MakeDatabase) -> None:
    given = GIVEN.replace("phone text", "phone text, fax text")
    case = Case(
        given=given,
        rows="INSERT INTO customer VALUES (1, 'p', 'f'), (2, 'p', 'f'); INSERT INTO contact VALUES (1), (2);",
        sql=f"""
        ALTER TABLE contact ADD COLUMN phone text, ADD COLUMN fax text;
        {UPDATE} {UPDATE.replace("phone", "fax")}
        ALTER TABLE customer DROP COLUMN phone, DROP COLUMN fax;
        """,
    )
    url = expanded(case, database_with)

    run(
        url,
        "UPDATE customer SET phone = 'o', fax = 'o' WHERE id = 1",
        "UPDATE contact SET phone = 'n', fax = 'n' WHERE customer_id = 2",
    )

    said = [(1, "o", "o"), (2, "n", "n")]
    assert rows(url, "SELECT * FROM customer ORDER BY 1") == said
    apply(url, plan_of(case), Phase.CONTRACT)
    assert rows(url, "SELECT customer_id, phone, fax FROM contact ORDER BY 1") == said
    assert rows(url, "SELECT * FROM customer ORDER BY 1") == [(1,), (2,)]


def test_a_new_row_gets_what_it_is_not_given(database_with: MakeDatabase) -> None:
    case = Case(
        given=GIVEN.replace("phone text", "phone text, fax text"),
        rows="INSERT INTO customer VALUES (1, 'p', 'f');",
        sql="""
        ALTER TABLE contact ADD COLUMN phone text, ADD COLUMN fax text;
        UPDATE contact SET phone = c.phone, fax = c.fax FROM customer AS c WHERE c.id = customer_id;
        ALTER TABLE customer DROP COLUMN phone, DROP COLUMN fax;
        """,
    )
    url = expanded(case, database_with)

    run(url, "INSERT INTO contact (customer_id, phone) VALUES (1, 'n')")

    assert rows(url, "SELECT * FROM customer") == [(1, "n", "f")]
    assert rows(url, "SELECT customer_id, phone, fax FROM contact") == [(1, "n", "f")]


def test_a_column_that_goes_to_two_places_is_refused() -> None:
    other = "CREATE TABLE call (customer_id bigint PRIMARY KEY, phone text);"
    insert = "INSERT INTO call SELECT id, phone FROM customer WHERE phone IS NOT NULL;"

    with pytest.raises(Refused, match=r"public\.customer\.phone goes to two places"):
        plan_of(Case(given=GIVEN, sql=other + insert + moving().sql))


def expanded(case: Case, database_with: MakeDatabase) -> str:
    """A database after expand and backfill."""
    url = database_with(case.setup)
    apply(url, plan_of(case), Phase.EXPAND, Phase.BACKFILL)
    return url
