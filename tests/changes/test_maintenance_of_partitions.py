"""VACUUM and its like on partitions and on tables that inherit, held against a server of each major."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from schemaguard.costs import Cost
from schemaguard.frame import Frame
from schemaguard.names import Relation
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.observe import observe, refusal
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of
from schemaguard.server import Server

GIVEN = """
CREATE TABLE account (id int PRIMARY KEY, age int);
CREATE TABLE person () INHERITS (account);
CREATE TABLE visit (id int, account_id int REFERENCES account) PARTITION BY RANGE (id);
CREATE TABLE visit_old PARTITION OF visit FOR VALUES FROM (1) TO (100);
CREATE TABLE visit_new PARTITION OF visit FOR VALUES FROM (100) TO (200);
CREATE INDEX visit_id ON visit (id);
"""
ACCOUNT, VISIT = Relation("public", "account"), Relation("public", "visit")


def descended(schema: SchemaState) -> SchemaState:
    """The schema with what it says of partitions and inheritance."""

    def below(name: str, parent: Relation) -> SchemaState:
        table = Relation("public", name)
        return schema.with_table(table, replace(schema.known(table), parents=(parent,)))

    schema = below("person", ACCOUNT)
    schema = below("visit_old", VISIT)
    schema = below("visit_new", VISIT)
    return schema.with_table(VISIT, replace(schema.known(VISIT), partitioned_by=frozenset({"id"})))


def last(sql: str, before: SchemaState, major: int) -> Frame:
    return frames_of(sql, before=before, server=Server(major=major))[-1]


@pytest.mark.majors
@pytest.mark.parametrize(
    "sql",
    [
        "VACUUM account",
        "VACUUM FULL account",
        "VACUUM visit",
        "VACUUM (FULL) visit",
        "VACUUM visit_old",
        "ANALYZE account",
        "ANALYZE visit",
        "ANALYZE visit_new",
        "CLUSTER account USING account_pkey",
        "REINDEX TABLE account",
        "REINDEX TABLE visit",
        "REINDEX INDEX visit_id",
        "REINDEX INDEX CONCURRENTLY visit_id",
        "REINDEX TABLE CONCURRENTLY visit_old",
        "TRUNCATE account CASCADE",
        "TRUNCATE ONLY account CASCADE",
        "TRUNCATE visit",
        "TRUNCATE visit_old",
        "CREATE PUBLICATION p FOR TABLE account",
        "CREATE PUBLICATION p FOR TABLE ONLY account",
        "CREATE PUBLICATION p FOR TABLE visit",
        "COMMENT ON TABLE visit IS 'x'",
        "CREATE STATISTICS st ON id, account_id FROM visit",
    ],
)
def test_what_is_below_a_table_is_locked_with_it_or_not(
    sql: str, major: int, database_with: Callable[[str], str]
) -> None:
    with connect(database_with(GIVEN)) as conn:
        frame = last(sql, descended(read_schema(conn)), major)
        seen = observe(conn, sql)

    assert not frame.refusals
    assert shown(frame.costs) == shown(seen)


@pytest.mark.majors
@pytest.mark.parametrize(
    "sql",
    [
        "LOCK TABLE account",
        "LOCK TABLE ONLY account IN SHARE MODE",
        "LOCK TABLE visit IN ROW EXCLUSIVE MODE",
        "LOCK TABLE ONLY visit",
    ],
)
def test_a_lock_goes_down_unless_only_is_said(
    sql: str, major: int, database_with: Callable[[str], str]
) -> None:
    with connect(database_with(GIVEN)) as conn:
        frame = last(f"BEGIN; {sql}", descended(read_schema(conn)), major)
        with conn.transaction():
            seen = observe(conn, sql)

    assert shown(frame.costs) == shown(seen)


@pytest.mark.majors
@pytest.mark.parametrize(
    "sql", ["REINDEX TABLE visit", "REINDEX INDEX visit_id", "TRUNCATE ONLY visit", "TRUNCATE account"]
)
def test_what_is_refused_of_partitions_is_refused(
    sql: str, major: int, database_with: Callable[[str], str]
) -> None:
    with connect(database_with(GIVEN)) as conn:
        frame = last(f"BEGIN; {sql}", descended(read_schema(conn)), major)
        conn.execute("BEGIN")
        refused = refusal(conn, [sql])

    assert frame.refused
    assert refused in {said.sqlstate for said in frame.refusals}


@pytest.mark.majors
def test_a_partitioned_table_is_clustered_since_15(major: int, database_with: Callable[[str], str]) -> None:
    sql = "CLUSTER visit USING visit_id"
    with connect(database_with(GIVEN)) as conn:
        frame = last(sql, descended(read_schema(conn)), major)
        if major < 15:
            assert refusal(conn, [sql]) == "0A000"
            assert [said.sqlstate for said in frame.refusals] == ["0A000"]
        else:
            assert shown(frame.costs) == shown(observe(conn, sql))


@pytest.mark.majors
def test_concurrently_a_partitioned_table_is_first_locked_against_writers(
    major: int, database_with: Callable[[str], str]
) -> None:
    sql = "REINDEX TABLE CONCURRENTLY visit"
    with connect(database_with(GIVEN)) as conn:
        frame = last(sql, descended(read_schema(conn)), major)
        seen = observe(conn, sql)

    assert shown(frame.costs) == shown(seen)


def shown(costs: frozenset[Cost]) -> list[str]:
    return sorted(map(repr, costs))
