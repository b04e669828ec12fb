"""The catalog is read as it is, and nothing beside what was asked for."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from schemaguard.column_types import Type
from schemaguard.names import Column, Relation
from schemaguard.postgres import catalog
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.repeating import ask
from schemaguard.schema import Check, ForeignKey, IndexState, SchemaState

pytestmark = pytest.mark.majors

Make = Callable[[str], str]


def test_an_empty_database_has_an_empty_schema(conn: psycopg.Connection) -> None:
    schema = read_schema(conn)

    assert schema == SchemaState(complete=True)
    assert schema.complete


def test_our_own_journal_and_the_system_are_no_part_of_it(conn: psycopg.Connection) -> None:
    conn.execute("CREATE SCHEMA schemaguard; CREATE TABLE schemaguard.step (id int PRIMARY KEY)")
    conn.execute("CREATE SCHEMA pgrst; CREATE TABLE pgrst.seen (id int)")

    assert set(read_schema(conn).tables) == {Relation("pgrst", "seen")}


def test_only_the_schemas_that_are_asked_for(conn: psycopg.Connection) -> None:
    conn.execute("CREATE SCHEMA one; CREATE TABLE one.a (id int PRIMARY KEY); CREATE TABLE b (id int)")
    conn.execute("ALTER TABLE b ADD FOREIGN KEY (id) REFERENCES one.a")

    assert set(read_schema(conn, schemas=["one"]).tables) == {Relation("one", "a")}
    (key,) = read_schema(conn, schemas=["public"]).tables[Relation("public", "b")].foreign_keys()
    assert key.target == Relation("one", "a")


def test_types_are_spelled_alike_whatever_the_search_path(database_with: Make) -> None:
    given = """
    CREATE SCHEMA o;
    CREATE TYPE o.mood AS ENUM ('sad');
    CREATE TYPE state AS ENUM ('on');
    CREATE DOMAIN "Odd" AS numeric(5, 2);
    CREATE TABLE t (a o.mood, b state[], c "Odd", d varchar(3)[], e numeric(5), f timestamptz(2));
    """
    with connect(database_with(given)) as conn:
        usual = read_schema(conn)
        conn.execute("SET search_path = o, pg_temp")
        unusual = read_schema(conn)

    assert usual == unusual
    assert [column.type for column in usual.tables[Relation("public", "t")].columns] == [
        Type("o.mood"),
        Type("state", array=True),
        Type('"Odd"'),
        Type("character varying", ("3",), array=True),
        Type("numeric", ("5", "0")),
        Type("timestamp with time zone", ("2",)),
    ]


def test_what_an_index_rests_on(database_with: Make) -> None:
    given = """
    CREATE TABLE t (a int, b int, c text, d int, e int);
    ALTER TABLE t DROP COLUMN b;
    CREATE UNIQUE INDEX i ON t (a, lower(c)) INCLUDE (d) WHERE e > 0;
    """
    with connect(database_with(given)) as conn:
        indexes = read_schema(conn).indexes

    assert indexes == {
        Relation("public", "i"): IndexState(
            table=Relation("public", "t"),
            columns=("a", None),
            unique=True,
            also=frozenset({"c", "d", "e"}),
            partial=True,
        )
    }


def test_an_index_that_failed_is_not_valid(database_with: Make) -> None:
    with connect(database_with("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)")) as conn:
        with pytest.raises(psycopg.errors.UniqueViolation):
            conn.execute("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)")
        (index,) = read_schema(conn).indexes.values()

    assert not index.valid


def test_what_a_constraint_is_about_and_proves(database_with: Make) -> None:
    given = """
    CREATE TABLE o (a int, b int, PRIMARY KEY (b, a));
    CREATE TABLE t (x int, y int, z int, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES o (b, a));
    ALTER TABLE t ADD CONSTRAINT c CHECK (x IS NOT NULL AND (y > 0 OR z IS NOT NULL)) NOT VALID;
    """
    with connect(database_with(given)) as conn:
        check, key = read_schema(conn).tables[Relation("public", "t")].constraints

    assert isinstance(check, Check)
    assert check.expression.columns == {"x", "y", "z"}
    assert check.expression.proves_present == {"x"}
    assert not check.valid
    assert isinstance(key, ForeignKey)
    assert (key.columns, key.target_columns) == (("x", "y"), ("b", "a"))


def test_a_not_null_that_is_not_valid_proves_nothing(conn: psycopg.Connection, major: int) -> None:
    conn.execute("CREATE TABLE t (a int, b int NOT NULL)")
    if major >= 18:
        conn.execute("ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID")

    schema = read_schema(conn)
    table = Relation("public", "t")
    columns = schema.tables[table].columns
    assert [column.not_null for column in columns] == [major >= 18, True], "what is written from now on"
    assert [column.holds_no_null for column in columns] == [False, True]
    assert [schema.proves_present(Column(table, column.name)) for column in columns] == [False, True]


def test_functions_of_extensions_are_theirs(conn: psycopg.Connection) -> None:
    conn.execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    conn.execute("CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'")

    functions = read_schema(conn).functions

    assert {(one.schema, one.name) for one in functions} == {("public", "f"), ("public", "p")}


def test_it_is_read_inside_a_transaction_too(conn: psycopg.Connection) -> None:
    with conn.transaction(force_rollback=True):
        conn.execute("CREATE TABLE t (a int)")
        inside = read_schema(conn)

    assert set(inside.tables) == {Relation("public", "t")}
    assert not read_schema(conn).tables


def test_what_a_foreign_key_does_is_told_as_people_write_it(conn: psycopg.Connection, major: int) -> None:
    some = "SET NULL (b)" if major >= 15 else "SET NULL"
    conn.execute("CREATE TABLE p (a int, b int, PRIMARY KEY (a, b))")
    conn.execute(
        f"""
        CREATE TABLE c (
            a int, b int,
            CONSTRAINT plain FOREIGN KEY (a, b) REFERENCES p,
            CONSTRAINT acts FOREIGN KEY (a, b) REFERENCES p ON UPDATE CASCADE ON DELETE RESTRICT,
            CONSTRAINT only_b FOREIGN KEY (a, b) REFERENCES p ON DELETE {some},
            CONSTRAINT whole FOREIGN KEY (a, b) REFERENCES p MATCH FULL ON UPDATE SET DEFAULT
        )
        """.encode()
    )

    keys = read_schema(conn).known(Relation("public", "c")).foreign_keys()

    assert {key.name: key.actions for key in keys} == {
        "plain": "",
        "acts": "ON DELETE RESTRICT ON UPDATE CASCADE",
        "only_b": f"ON DELETE {some}",
        "whole": "MATCH FULL ON UPDATE SET DEFAULT",
    }


def test_of_a_catalog_that_was_never_analyzed_nothing_is_read_again_for_each_table(
    conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn.execute("SET max_parallel_workers_per_gather = 0")
    conn.execute(
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TABLE first (id int PRIMARY KEY)"
    )
    for begin in range(0, MANY, 250):  # Each takes locks until its transaction ends.
        conn.execute(TABLES.format(begin, begin + 249).encode())
    read = dict[str, float]()

    def counted(cursor: psycopg.Cursor[Any], query: str) -> list[tuple[Any, ...]]:
        row = cursor.execute(f"EXPLAIN (ANALYZE, FORMAT json) {query}".encode()).fetchone()
        assert row is not None
        read[query] = rows_of(row[0][0]["Plan"])
        return ask(cursor, query)

    monkeypatch.setattr(catalog, "ask", counted)
    tables = read_schema(conn).tables

    assert len(tables) == MANY + 1
    assert {query: rows for query, rows in read.items() if rows > 200 * MANY} == {}


MANY = 1000
TABLES = """
DO $$ BEGIN
    FOR n IN {}..{} LOOP
        EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, a int REFERENCES first ON DELETE SET NULL)', n);
        EXECUTE format('CREATE TRIGGER k BEFORE UPDATE OF a ON t%s FOR EACH ROW EXECUTE FUNCTION keep()', n);
    END LOOP;
END $$
"""


def rows_of(plan: dict[str, Any]) -> float:
    """How many rows the plan's nodes have looked at, those that they have left out with them."""
    own = sum(
        count for name, count in plan.items() if name == "Actual Rows" or name.startswith("Rows Removed")
    )
    return float(own * plan["Actual Loops"] + sum(map(rows_of, plan.get("Plans", ()))))
