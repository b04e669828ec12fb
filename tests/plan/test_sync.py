"""Both forms of a row say the same, whoever writes which: on a real server, statement by statement."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import psycopg
import pytest

from schemaguard.names import Relation
from schemaguard.recipe import Conflict, Pair, Step
from schemaguard.sync import Sync
from schemaguard.sync_steps import fill, finish, start, verify
from schemaguard.way_back import texts

pytestmark = pytest.mark.majors

TABLE = Relation("public", "customer")
TYPES = {
    "id": "bigint",
    "mail": "text",
    "name": "character varying(80)",
    "visits": "integer",
    "email": "text",
    "first_name": "text",
    "last_name": "text",
}
RENAME = Pair(table=TABLE, old=("mail",), new={"email": "text"}, up={"email": "mail"}, down={"mail": "email"})
SPLIT = Pair(
    table=TABLE,
    old=("name",),
    new={"first_name": "text", "last_name": "text"},
    up={
        "first_name": "split_part(name, ' ', 1)",
        "last_name": "substr(name, length(split_part(name, ' ', 1)) + 2)",
    },
    down={"name": "first_name || ' ' || last_name"},
)
SYNC = Sync(table=TABLE, pairs=(RENAME, SPLIT), release="r1", types=TYPES)
BEFORE = """
CREATE TABLE customer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mail text NOT NULL UNIQUE,
    name varchar(80) NOT NULL DEFAULT 'No Body',
    visits int NOT NULL DEFAULT 0
);
INSERT INTO customer (mail, name) VALUES ('old@x', 'Old  Row'), ('solo@x', 'Solo');
"""
Row = tuple[str | None, ...]
FORMS = ("mail", "email", "name", "first_name", "last_name")


@pytest.fixture
def shop(database_with: Callable[[str], str]) -> Iterator[psycopg.Connection]:
    """The table with both shapes, before any row has been filled."""
    with psycopg.connect(database_with(BEFORE), autocommit=True) as conn:
        run(conn, *start(SYNC).sql)
        yield conn


def run(conn: psycopg.Connection, *statements: str) -> None:
    with conn.transaction():
        for statement in statements:
            conn.execute(statement.encode())


def proof() -> Step:
    """The step that asks whether both forms say the same."""
    return next(verify(SYNC))


def both(conn: psycopg.Connection, where: str) -> Row:
    row = conn.execute(f"SELECT {', '.join(FORMS)} FROM customer WHERE {where}".encode())
    found = row.fetchall()
    assert len(found) == 1
    return tuple(found[0])


def holds(conn: psycopg.Connection, query: str) -> bool:
    row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return bool(row[0])


INSERTS = {
    "the old code's": ("(mail, name) VALUES ('n@x', 'Ann Lee')", ("n@x", "n@x", "Ann Lee", "Ann", "Lee")),
    "the old code's, with the default": ("(mail) VALUES ('n@x')", ("n@x", "n@x", "No Body", "No", "Body")),
    "the new code's": (
        "(email, first_name, last_name) VALUES ('n@x', 'Ann', 'Lee')",
        ("n@x", "n@x", "Ann Lee", "Ann", "Lee"),
    ),
    "the new code's, which the old form cannot tell apart": (
        "(email, first_name, last_name) VALUES ('n@x', 'Mary Ann', 'Lee')",
        ("n@x", "n@x", "Mary Ann Lee", "Mary Ann", "Lee"),
    ),
    "of one that gives both the same": (
        "(mail, email, name, first_name, last_name) VALUES ('n@x', 'n@x', 'Ann Lee', 'Ann', 'Lee')",
        ("n@x", "n@x", "Ann Lee", "Ann", "Lee"),
    ),
    "of one that gives both differently": (
        "(mail, email, name, first_name, last_name) VALUES ('m@x', 'n@x', 'X Y', 'Ann', 'Lee')",
        ("n@x", "n@x", "Ann Lee", "Ann", "Lee"),
    ),
    "with NULL written out": (
        "(mail, email, name, first_name, last_name) VALUES ('n@x', NULL, 'Ann Lee', NULL, NULL)",
        ("n@x", "n@x", "Ann Lee", "Ann", "Lee"),
    ),
}


@pytest.mark.parametrize("case", INSERTS)
def test_an_insert_fills_the_form_that_it_does_not_give(shop: psycopg.Connection, case: str) -> None:
    values, expected = INSERTS[case]

    shop.execute(f"INSERT INTO customer {values}".encode())

    assert both(shop, "email = 'n@x'") == expected


UPDATES = {
    "the old column": ("mail = 'z@x', name = 'Zoe Fox'", ("z@x", "z@x", "Zoe Fox", "Zoe", "Fox")),
    "the new column": (
        "email = 'z@x', first_name = 'Zoe', last_name = 'Fox'",
        ("z@x", "z@x", "Zoe Fox", "Zoe", "Fox"),
    ),
    "one of the new columns": ("first_name = 'Zoe'", ("a@x", "a@x", "Zoe Lee", "Zoe", "Lee")),
    "both alike": (
        "mail = 'z@x', email = 'z@x', name = 'Zoe Fox', first_name = 'Zoe', last_name = 'Fox'",
        ("z@x", "z@x", "Zoe Fox", "Zoe", "Fox"),
    ),
    "both differently: the new one counts": (
        "mail = 'y@x', email = 'z@x', name = 'X Y', first_name = 'Zoe', last_name = 'Fox'",
        ("z@x", "z@x", "Zoe Fox", "Zoe", "Fox"),
    ),
    "neither": ("visits = visits + 1", ("a@x", "a@x", "Ann Lee", "Ann", "Lee")),
    "to what they are": ("mail = mail, first_name = first_name", ("a@x", "a@x", "Ann Lee", "Ann", "Lee")),
    "the old one to what has two spaces": ("name = 'Zoe  Fox'", ("a@x", "a@x", "Zoe  Fox", "Zoe", " Fox")),
}


@pytest.mark.parametrize("case", UPDATES)
def test_an_update_takes_the_other_form_along(shop: psycopg.Connection, case: str) -> None:
    assignments, expected = UPDATES[case]
    shop.execute("INSERT INTO customer (mail, name) VALUES ('a@x', 'Ann Lee')")

    shop.execute(f"UPDATE customer SET {assignments} WHERE mail = 'a@x'".encode())

    assert both(shop, "id = (SELECT max(id) FROM customer)") == expected


BOTH = "mail = 'y@x', email = 'z@x', name = 'X Y', first_name = 'Zoe', last_name = 'Fox'"
OLD_COUNTS = ("y@x", "y@x", "X Y", "X", "Y")
#: What is written, to what it leaves where the old form counts, and where the write is refused (None).
CONTRADICTIONS: dict[str, tuple[str, Row, Row | None]] = {
    "both differently": (f"UPDATE customer SET {BOTH}", OLD_COUNTS, None),
    "both differently, one of the new": (
        "UPDATE customer SET name = 'X Y', first_name = 'Zoe'",
        ("a@x", "a@x", "X Y", "X", "Y"),
        None,
    ),
    "the old one NULL": (
        "UPDATE customer SET mail = NULL, email = 'z@x'",
        (None, None, "Ann Lee", "Ann", "Lee"),
        None,
    ),
    "the new one NULL": (
        "UPDATE customer SET mail = 'y@x', email = NULL",
        ("y@x", "y@x", "Ann Lee", "Ann", "Lee"),
        None,
    ),
    "the old one to what it is": (
        "UPDATE customer SET mail = mail, email = 'z@x'",
        ("z@x", "z@x", "Ann Lee", "Ann", "Lee"),
        ("z@x", "z@x", "Ann Lee", "Ann", "Lee"),
    ),
    "both alike, by what the new one says": (
        "UPDATE customer SET name = 'Mary Ann Lee', first_name = 'Mary Ann', last_name = 'Lee'",
        ("a@x", "a@x", "Mary Ann Lee", "Mary Ann", "Lee"),
        ("a@x", "a@x", "Mary Ann Lee", "Mary Ann", "Lee"),
    ),
    "an INSERT of both differently": (
        f"INSERT INTO customer ({', '.join(FORMS)}) VALUES ('y@x', 'z@x', 'X Y', 'Zoe', 'Fox')",
        OLD_COUNTS,
        None,
    ),
    "an INSERT of the new, which leaves the old one to its default": (
        "INSERT INTO customer (email, first_name, last_name) VALUES ('z@x', 'Zoe', 'Fox')",
        ("z@x", "z@x", "Zoe Fox", "Zoe", "Fox"),
        ("z@x", "z@x", "Zoe Fox", "Zoe", "Fox"),
    ),
    "an INSERT of the old": (
        "INSERT INTO customer (mail, name) VALUES ('y@x', 'X Y')",
        OLD_COUNTS,
        OLD_COUNTS,
    ),
    "the old": ("UPDATE customer SET mail = 'y@x', name = 'X Y'", OLD_COUNTS, OLD_COUNTS),
    "the new, in a row from before": (
        "UPDATE customer SET first_name = 'Zoe' WHERE mail = 'old@x'",
        ("old@x", None, "Zoe  Row", "Zoe", " Row"),
        ("old@x", None, "Zoe  Row", "Zoe", " Row"),
    ),
}


@pytest.mark.parametrize("conflict", [Conflict.OLD, Conflict.ERROR])
def test_what_contradicts_itself_is_as_was_said(
    database_with: Callable[[str], str], conflict: Conflict
) -> None:
    pairs = (RENAME, replace(SPLIT, defaults={"name": "'No Body'::character varying"}))
    sync = replace(SYNC, pairs=tuple(replace(pair, conflict=conflict) for pair in pairs))
    with psycopg.connect(database_with(BEFORE), autocommit=True) as conn:
        run(conn, "ALTER TABLE customer ALTER COLUMN mail DROP NOT NULL", *start(sync).sql)
        for case, (statement, old_counts, refused) in CONTRADICTIONS.items():
            expected = old_counts if conflict is Conflict.OLD else refused
            with conn.transaction(force_rollback=True):
                conn.execute("INSERT INTO customer (mail, name) VALUES ('a@x', 'Ann Lee')")
                at = "" if "WHERE" in statement or "INSERT" in statement else " WHERE mail = 'a@x'"
                if expected is None:
                    with pytest.raises(psycopg.errors.CheckViolation) as caught:
                        conn.execute(f"{statement}{at}".encode())
                    assert "contradict each other" in (caught.value.diag.message_primary or ""), case
                    assert caught.value.diag.table_name == "customer", case
                else:
                    written = f"{statement}{at} RETURNING {', '.join(FORMS)}"
                    assert conn.execute(written.encode()).fetchall() == [expected], case


def test_what_an_earlier_trigger_puts_into_the_old_form_counts_as_given(
    database_with: Callable[[str], str],
) -> None:
    sync = replace(SYNC, pairs=(replace(RENAME, conflict=Conflict.ERROR), SPLIT))
    with psycopg.connect(database_with(BEFORE), autocommit=True) as conn:
        run(
            conn,
            *start(sync).sql,
            "CREATE FUNCTION given() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.mail := coalesce(NEW.mail, 'none'); RETURN NEW; END $$",
            "CREATE TRIGGER given BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION given()",
        )

        with pytest.raises(psycopg.errors.CheckViolation, match="contradict each other"):
            conn.execute("INSERT INTO customer (email, first_name, last_name) VALUES ('z@x', 'Zoe', 'Fox')")


def test_a_value_that_only_the_new_form_can_hold_outlives_updates_of_other_columns(
    shop: psycopg.Connection,
) -> None:
    shop.execute("INSERT INTO customer (email, first_name, last_name) VALUES ('a@x', 'Mary Ann', 'Lee')")

    shop.execute("UPDATE customer SET visits = 9, mail = 'b@x' WHERE mail = 'a@x'")

    assert both(shop, "mail = 'b@x'") == ("b@x", "b@x", "Mary Ann Lee", "Mary Ann", "Lee")


def test_null_in_the_new_form_is_refused_as_long_as_the_old_one_refuses_it(shop: psycopg.Connection) -> None:
    shop.execute("INSERT INTO customer (mail) VALUES ('a@x')")

    with pytest.raises(psycopg.errors.NotNullViolation):
        shop.execute("UPDATE customer SET email = NULL WHERE mail = 'a@x'")


def test_an_update_of_one_new_column_in_a_row_from_before_fills_the_others(shop: psycopg.Connection) -> None:
    shop.execute("UPDATE customer SET first_name = 'New' WHERE mail = 'old@x'")

    assert both(shop, "mail = 'old@x'") == ("old@x", None, "New  Row", "New", " Row")


@pytest.mark.parametrize("column", ["mail", "email"])
def test_on_conflict_sees_both_forms_whoever_speaks(shop: psycopg.Connection, column: str) -> None:
    shop.execute("CREATE UNIQUE INDEX email_once ON customer (email)")
    statement = (
        f"INSERT INTO customer ({column}, name) VALUES ('a@x', 'Ann Lee') ON CONFLICT ({column})"
        f" DO UPDATE SET {column} = excluded.{column} || '!', name = 'Zoe Fox'"
    )

    shop.execute(statement.encode())
    shop.execute(statement.encode())

    assert both(shop, "mail LIKE 'a@x%'") == ("a@x!", "a@x!", "Zoe Fox", "Zoe", "Fox")


def test_copy_fills_the_other_form(shop: psycopg.Connection) -> None:
    for columns, line in (
        ("mail, name", "a@x\tAnn Lee\n"),
        ("email, first_name, last_name", "b@x\tBo\tFox\n"),
    ):
        with shop.cursor().copy(f"COPY customer ({columns}) FROM stdin".encode()) as copy:
            copy.write(line)

    assert both(shop, "email = 'a@x'") == ("a@x", "a@x", "Ann Lee", "Ann", "Lee")
    assert both(shop, "mail = 'b@x'") == ("b@x", "b@x", "Bo Fox", "Bo", "Fox")


def test_a_search_path_without_public_changes_nothing(shop: psycopg.Connection) -> None:
    shop.execute("SET search_path = pg_temp")

    shop.execute("INSERT INTO public.customer (mail, name) VALUES ('a@x', 'Ann Lee')")

    shop.execute("SET search_path = public")
    assert both(shop, "email = 'a@x'") == ("a@x", "a@x", "Ann Lee", "Ann", "Lee")


def test_a_change_by_an_earlier_trigger_is_seen(shop: psycopg.Connection) -> None:
    run(
        shop,
        "CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.mail := lower(NEW.mail); RETURN NEW; END $$",
        "CREATE TRIGGER tidy BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION tidy()",
    )
    shop.execute("INSERT INTO customer (mail) VALUES ('A@X')")

    shop.execute("UPDATE customer SET visits = 2 WHERE mail = 'A@X'")

    assert both(shop, "visits = 2")[:2] == ("a@x", "a@x")


def test_rows_from_before_are_filled_without_touching_the_old_form(shop: psycopg.Connection) -> None:
    step = fill(SYNC)
    assert step.backfill is not None
    assert not holds(shop, step.probe)

    values = ", ".join(f"{column} = {text}" for column, text in step.backfill.values.items())
    shop.execute(f"UPDATE customer SET {values} WHERE {step.backfill.where}".encode())

    assert both(shop, "mail = 'old@x'") == ("old@x", "old@x", "Old  Row", "Old", " Row")
    assert both(shop, "mail = 'solo@x'") == ("solo@x", "solo@x", "Solo", "Solo", "")
    assert holds(shop, step.probe)
    assert holds(shop, proof().probe)


def test_a_row_that_was_written_past_the_trigger_stops_the_contract(shop: psycopg.Connection) -> None:
    shop.execute("DELETE FROM customer")
    shop.execute("INSERT INTO customer (mail) VALUES ('a@x')")
    assert holds(shop, proof().probe)

    run(
        shop,
        "SET LOCAL session_replication_role = replica",
        "UPDATE customer SET mail = 'b@x' WHERE mail = 'a@x'",
    )

    assert not holds(shop, proof().probe)


def test_a_trigger_that_was_switched_off_stops_the_contract(shop: psycopg.Connection) -> None:
    shop.execute("DELETE FROM customer")

    shop.execute(f"ALTER TABLE customer DISABLE TRIGGER {SYNC.on_update}".encode())

    assert not holds(shop, proof().probe)


def test_in_the_end_nothing_is_left_of_it(shop: psycopg.Connection) -> None:
    shop.execute("DELETE FROM customer")

    run(shop, *finish(SYNC).sql)

    assert holds(shop, finish(SYNC).probe)
    for step in (start(SYNC), fill(SYNC), *verify(SYNC), finish(SYNC)):
        assert holds(shop, step.probe), step.id
    left = shop.execute("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'customer'::regclass").fetchone()
    assert left == (0,)


def test_undone_before_the_contract_the_table_is_as_it_was(shop: psycopg.Connection) -> None:
    undo = start(SYNC).undo
    assert undo is not None

    run(shop, *texts(undo))

    names = shop.execute(
        "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = 'customer'::regclass AND attnum > 0 AND NOT attisdropped"
    ).fetchone()
    assert names == (["id", "mail", "name", "visits"],)
    for step in (start(SYNC), fill(SYNC), finish(SYNC)):
        assert not holds(shop, step.probe), step.id


def test_names_of_the_longest_tables_stay_apart(database_with: Callable[[str], str]) -> None:
    table = Relation("public", "t" * 63)
    pair = Pair(table=table, old=("a",), new={"b": "int"}, up={"b": "a"}, down={"a": "b"})
    sync = Sync(table=table, pairs=(pair,), release="r1", types={"a": "int", "b": "int"})

    with psycopg.connect(database_with(f"CREATE TABLE {table} (a int)"), autocommit=True) as conn:
        run(conn, *start(sync).sql)
        conn.execute(f"INSERT INTO {table} (a) VALUES (1)".encode())
        conn.execute(f"UPDATE {table} SET a = 2".encode())

        assert conn.execute(f"SELECT a, b FROM {table}".encode()).fetchall() == [(2, 2)]
        assert holds(conn, start(sync).probe)


def test_a_column_without_a_way_back_is_only_filled(database_with: Callable[[str], str]) -> None:
    table = Relation("public", "t")
    types = {"a": "int", "doc": "json", "b": "json", "kind": "text"}
    pairs = (
        Pair(table=table, old=("doc",), new={"b": "json"}, up={"b": "doc -> 'b'"}, down={}),
        Pair(table=table, old=(), new={"kind": "text"}, up={"kind": "'plain'"}, down={}),
    )
    sync = Sync(table=table, pairs=pairs, release="r1", types=types)

    with psycopg.connect(database_with("CREATE TABLE t (a int, doc json)"), autocommit=True) as conn:
        run(conn, *start(sync).sql)
        conn.execute("INSERT INTO t (a, doc) VALUES (1, '{\"b\": 1}')")
        conn.execute("INSERT INTO t (a, doc, b, kind) VALUES (2, '{\"b\": 1}', '7', 'other')")
        conn.execute("INSERT INTO t (a, doc) VALUES (3, '{\"b\": 1}')")
        conn.execute("UPDATE t SET doc = '{\"b\": 3}' WHERE a = 3")

        rows = conn.execute("SELECT a, b::text, kind FROM t ORDER BY a").fetchall()
        assert rows == [(1, "1", "plain"), (2, "7", "other"), (3, "3", "plain")]
        run(conn, *finish(sync).sql)
        assert holds(conn, finish(sync).probe)
        assert holds(conn, start(sync).probe)


def test_what_a_backfill_writes_calls_no_function(shop: psycopg.Connection) -> None:
    shop.execute("SET track_functions = 'pl'")
    calls = "SELECT coalesce(sum(calls), 0) FROM pg_stat_xact_user_functions"
    counted = []
    for statement in (
        "UPDATE customer SET email = mail WHERE email IS NULL",
        "UPDATE customer SET visits = 7",
        "UPDATE customer SET email = 'new@x' WHERE mail = 'old@x'",
        "UPDATE customer SET mail = email || '!' WHERE mail = 'solo@x'",
    ):
        with shop.transaction():
            ((before,),) = shop.execute(calls).fetchall()
            shop.execute(statement)
            ((after,),) = shop.execute(calls).fetchall()
            counted.append(int(after - before))

    assert counted == [0, 0, 1, 1]
    assert shop.execute("SELECT mail = email FROM customer").fetchall() == [(True,), (True,)]


def test_columns_of_two_collations_are_written_without_a_word_of_it(
    database_with: Callable[[str], str],
) -> None:
    before = """
    CREATE TABLE customer (
        id int PRIMARY KEY, mail text COLLATE "C", name text, visits int, email text COLLATE "POSIX"
    );
    """
    with psycopg.connect(database_with(before), autocommit=True) as conn:
        sync = Sync(table=TABLE, pairs=(RENAME,), release="r1", types=TYPES)
        run(conn, *sync.create())
        conn.execute("INSERT INTO customer (id, mail) VALUES (1, 'a')")
        conn.execute("UPDATE customer SET email = 'a'")
        assert conn.execute("SELECT mail, email FROM customer").fetchall() == [("a", "a")]
        conn.execute("UPDATE customer SET email = 'b'")
        assert conn.execute("SELECT mail, email FROM customer").fetchall() == [("b", "b")]
