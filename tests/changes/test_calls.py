"""What functions and procedures of the history do for the statements that call them: the server is asked."""

from collections.abc import Callable

import psycopg
import pytest

from schemaguard.changes import CreateTable
from schemaguard.costs import Cost, Lock, Rewrite, hangs_on
from schemaguard.frame import Frame
from schemaguard.lint import lint
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.observe import observe, refusal
from schemaguard.postgres.witness import server_of
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of

GIVEN = """
CREATE TABLE account (id bigint PRIMARY KEY, n int);
CREATE TABLE visit (id bigint PRIMARY KEY, account bigint);
CREATE TABLE total (n bigint);
CREATE SCHEMA app;
CREATE TABLE app.total (n bigint);
INSERT INTO account VALUES (1, 1), (2, 2);
INSERT INTO visit VALUES (1, 1), (2, 2);
CREATE FUNCTION pure(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN n + 1; END';
CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM total';
CREATE FUNCTION named() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.total';
CREATE FUNCTION settled() RETURNS bigint LANGUAGE sql
    BEGIN ATOMIC DELETE FROM visit; SELECT count(*) FROM total; END;
CREATE FUNCTION fill(a int, b int DEFAULT 2) RETURNS void LANGUAGE sql
    AS 'UPDATE account SET n = b WHERE n = $1; INSERT INTO total VALUES (1)';
CREATE FUNCTION fill(a text) RETURNS void LANGUAGE sql AS 'DELETE FROM visit';
CREATE FUNCTION rows_of() RETURNS SETOF account LANGUAGE plpgsql
    AS $$ BEGIN RETURN QUERY SELECT * FROM account; RETURN QUERY EXECUTE 'SELECT id, 1 FROM visit'; END $$;
CREATE FUNCTION down(n int) RETURNS int LANGUAGE plpgsql
    AS $$ BEGIN IF n > 0 THEN LOCK total IN SHARE MODE; RETURN down(n - 1); END IF; RETURN 0; END $$;
CREATE FUNCTION there_and_back(n int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION and_back(n int) RETURNS int LANGUAGE plpgsql
    AS $$ BEGIN DELETE FROM visit; IF n = 0 THEN RETURN 0; END IF; RETURN there_and_back(n - 1); END $$;
CREATE OR REPLACE FUNCTION there_and_back(n int) RETURNS int LANGUAGE sql AS 'SELECT and_back(n)';
CREATE FUNCTION shaping() RETURNS void LANGUAGE plpgsql
    AS $$ BEGIN CREATE TABLE made (id int); ALTER TABLE account ALTER n TYPE bigint; END $$;
CREATE FUNCTION in_app() RETURNS void LANGUAGE sql SET search_path = app AS 'DELETE FROM total';
CREATE FUNCTION in_app_further() RETURNS void LANGUAGE plpgsql SET search_path = app, public
    AS $$ BEGIN PERFORM counted(); DELETE FROM public.visit; END $$;
CREATE PROCEDURE clean(a bigint DEFAULT 1) LANGUAGE sql AS 'DELETE FROM visit WHERE id = a';
CREATE PROCEDURE committing() LANGUAGE plpgsql AS 'BEGIN DELETE FROM visit; COMMIT; DELETE FROM account; END';
CREATE PROCEDURE defined() LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN COMMIT; END';
CREATE PROCEDURE with_setting() LANGUAGE plpgsql SET work_mem = '1MB' AS 'BEGIN COMMIT; END';
CREATE PROCEDURE further() LANGUAGE plpgsql AS 'BEGIN CALL committing(); END';
CREATE FUNCTION ending() RETURNS void LANGUAGE plpgsql AS 'BEGIN CALL committing(); END';
CREATE FUNCTION indexing() RETURNS void LANGUAGE plpgsql
    AS 'BEGIN CREATE INDEX CONCURRENTLY i ON account (n); END';
CREATE FUNCTION built(t text) RETURNS void LANGUAGE plpgsql
    AS $$ BEGIN EXECUTE 'DELETE FROM ' || t; LOCK visit; END $$;
CREATE FUNCTION odd() RETURNS void LANGUAGE plpgsql AS 'BEGIN CREATE TABLE account (id int); END';
"""
CALLED = [
    "SELECT pure(1)",
    "SELECT pure(n) FROM account",
    "SELECT counted()",
    "SELECT settled()",
    "SELECT fill(1, 2)",
    "SELECT public.fill(a => 1, b => 2)",
    "SELECT * FROM rows_of()",
    "SELECT down(3)",
    "SELECT and_back(2)",
    "SELECT in_app()",
    "SELECT in_app_further()",
    "SELECT shaping()",
    "CALL clean()",
    "CALL clean(2)",
    "DO $$ BEGIN PERFORM counted(); CALL clean(1); END $$",
    "UPDATE visit SET account = counted()",
    "INSERT INTO visit SELECT 7, counted()",
    "DELETE FROM visit WHERE id = counted()",
    "CREATE TABLE new AS SELECT down(1) AS n",
    "CREATE TABLE new AS SELECT down(1) AS n WITH NO DATA",
    "CREATE MATERIALIZED VIEW new AS SELECT named() AS n",
    "COPY (SELECT settled()) TO '/dev/null'",
    "EXPLAIN ANALYZE SELECT fill(1, 2)",
    "EXPLAIN SELECT fill(1, 2)",
    "EXPLAIN SELECT settled()",
    "EXPLAIN SELECT counted()",
    "EXPLAIN SELECT down(3)",
]
REFUSED = {
    "SELECT shaping(); SELECT shaping()": "42P07",
    "SELECT odd()": "42P07",
    "SELECT indexing()": "25001",
    "CALL committing()": "",
    "CALL further()": "",
    "DO $$ BEGIN CALL further(); END $$": "",
    "BEGIN; CALL committing()": "2D000",
    "CALL defined()": "2D000",
    "CALL with_setting()": "2D000",
    "SELECT ending()": "2D000",
    "DO $$ BEGIN PERFORM ending(); END $$": "2D000",
}


def last(sql: str, given: str = GIVEN) -> Frame:
    return frames_of(sql, given=given)[-1]


def locks(costs: frozenset[Cost]) -> set[Cost]:
    return {cost for cost in costs if isinstance(cost, Lock)}


@pytest.mark.majors
def test_the_locks_are_those_of_the_bodies(database_with: Callable[[str], str]) -> None:
    with connect(database_with(GIVEN)) as conn:
        before, server = read_schema(conn), server_of(conn)
        for sql in CALLED:
            with conn.transaction(force_rollback=True):
                seen = locks(observe(conn, sql))

            # As the history has it, and as the database does.
            for frame in (last(sql), frames_of(sql, before=before, server=server)[-1]):
                assert (locks(frame.costs), frame.unread) == (seen, ()), sql


@pytest.mark.majors
@pytest.mark.parametrize(("sql", "state"), REFUSED.items())
def test_what_is_refused_in_a_body_refuses_the_statement(
    sql: str, state: str, database_with: Callable[[str], str]
) -> None:
    frame = last(sql)

    assert [one.sqlstate for one in frame.refusals if one.certain] == ([state] if state else [])
    with connect(database_with(GIVEN)) as conn:
        assert refusal(conn, [one.statement.text for one in frames_of(sql, given=GIVEN)]) == state


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT unknown()", "schemaguard does not know what the function unknown does"),
        ("SELECT app.counted()", "schemaguard does not know what the function app.counted does"),
        ("SELECT counted(1)", "schemaguard does not know what the function counted does"),
        ("SELECT clean()", "schemaguard does not know what the function clean does"),
        ("CALL counted()", "schemaguard does not know what the procedure counted does"),
        ("SELECT fill(NULL)", "there are several of fill, which do not do the same"),
        ("EXPLAIN SELECT unknown()", "schemaguard does not know what the function unknown does"),
    ],
)
def test_what_cannot_be_told_is_unread(sql: str, reason: str) -> None:
    assert [one.reason for one in last(sql).unread] == [reason]


@pytest.mark.majors
@pytest.mark.parametrize(
    "value",
    [
        "'x'::character varying(3)",
        "CAST('x' AS char varying(3))",
        "'1'::bit varying(3)",
        "'1 day'::interval day to second(3)",
        "CAST('1' AS interval second(3))",
        "'2026-01-01'::timestamp(3) with time zone",
        "'1'::pg_catalog.numeric(10, 2)",
        "CAST('x' AS pg_catalog.varchar(3))",
    ],
)
def test_a_type_with_its_length_is_no_call(value: str, conn: psycopg.Connection) -> None:
    sql = f"SELECT {value}"

    assert last(sql).unread == ()
    assert conn.execute(sql.encode()).fetchone() is not None


def test_of_a_body_all_is_read_that_can_be() -> None:
    frame = last("SELECT built('visit')")

    assert [one.reason[:52] for one in frame.unread] == [
        "in the function public.built: EXECUTE runs a text th"
    ]
    assert {cost.table.name for cost in locks(frame.costs)} == {"visit"}


def test_what_is_dropped_or_replaced_is_no_longer_what_is_called() -> None:
    assert last("DROP FUNCTION counted(); SELECT counted()").unread
    replaced = "CREATE OR REPLACE FUNCTION counted() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';"
    assert last(f"{replaced} SELECT counted()").costs == frozenset()


def test_what_a_history_without_a_beginning_made_is_known_too() -> None:
    made = "CREATE FUNCTION f(n int) RETURNS int LANGUAGE sql AS 'DELETE FROM t RETURNING 1';"
    frame = frames_of(f"{made} SELECT f(1)", before=SchemaState())[-1]

    assert not frame.unread
    assert {cost.table.name for cost in frame.costs} == {"t"}


def test_what_a_body_makes_nobody_uses_yet() -> None:
    frames = frames_of("SELECT shaping(); ALTER TABLE made ADD COLUMN a int DEFAULT random()", given=GIVEN)

    assert any(isinstance(effect.change, CreateTable) for effect in frames[0].effects)
    assert frames[1].felt == ()


@pytest.mark.parametrize(("routines", "calls"), [(12, 12), (300, 1)])
def test_however_much_is_called_there_is_an_answer(routines: int, calls: int) -> None:
    given = "CREATE TABLE t (a int);\n"
    for number in range(routines):
        called = (f"PERFORM f{(number + more) % routines}();" for more in range(1, calls + 1))
        given += (
            f"CREATE FUNCTION f{number}() RETURNS int LANGUAGE plpgsql AS 'BEGIN {''.join(called)} END';\n"
        )

    (reason, *_) = [one.reason for one in last("SELECT f0()", given).unread]

    assert reason.endswith("more is called in turn than schemaguard looks into")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE visit SET account = elsewhere(id) WHERE id = 1",
        "INSERT INTO visit SELECT 7, elsewhere.f(1)",
        "DELETE FROM visit WHERE id = 1 AND elsewhere(id) > 0",
        "WITH gone AS (DELETE FROM visit WHERE id = 1 RETURNING elsewhere(id)) SELECT * FROM gone",
        "MERGE INTO visit v USING account ON v.id = 1 WHEN MATCHED THEN UPDATE SET account = elsewhere(1)",
    ],
)
def test_what_a_statement_calls_that_nobody_knows_is_told(sql: str) -> None:
    frame = last(sql)

    told = [one.message for one in lint([frame], all_rules()) if one.rule == "unknown-function"]
    unread = [one.reason for one in frame.unread]
    assert len(told) + len(unread) == 1
    assert "elsewhere" in (told or unread)[0]


@pytest.mark.parametrize("call", ["uuid_generate_v4()", "public.digest('a', 'sha256')", "lower('A')"])
def test_what_is_known_to_give_a_value_alone_is_not_told(call: str) -> None:
    frame = last(f"INSERT INTO visit SELECT 7, length({call}::text)")

    assert not frame.unread
    assert "unknown-function" not in {one.rule for one in lint([frame], all_rules())}


@pytest.mark.parametrize(
    ("call", "certain"),
    [("uuid_generate_v4()", {True}), ("uuid_nil()", set()), ("elsewhere()", {False})],
)
def test_a_default_of_an_extension_is_as_volatile_as_it_is_there(call: str, certain: set[bool]) -> None:
    frame = last(f"ALTER TABLE visit ADD COLUMN token text DEFAULT {call}::text")

    assert {hangs_on(cost) == "" for cost in frame.costs if isinstance(cost, Rewrite)} == certain
