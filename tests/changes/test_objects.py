"""Schemas, publications, statistics, extensions and servers where scripts of the corpus do not go."""

import pytest

from schemaguard.changes import Unread
from schemaguard.frame import Frame
from schemaguard.lint import lint
from schemaguard.names import Relation
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState, Thing
from schemaguard.scripts import frames_of
from schemaguard.server import Server
from schemaguard.sql.grammar import read_text
from schemaguard.testing import RUNNER

NOTHING_KNOWN = SchemaState()
GIVEN = """
CREATE SCHEMA shop;
CREATE TABLE shop.item (id int PRIMARY KEY);
CREATE TABLE basket (id int PRIMARY KEY, item_id int REFERENCES shop.item);
CREATE TABLE visit (at date);
"""


def last(sql: str, *, before: SchemaState | None = None, major: int | None = None) -> Frame:
    frames = frames_of(sql, given=GIVEN, before=before, server=Server(major=major), timeouts=RUNNER)
    assert frames[-1].unread == ()
    return frames[-1]


def found(frame: Frame) -> set[tuple[str, str]]:
    rules = [named for named in all_rules() if named.rule.default]
    return {(reported.rule, reported.severity.value) for reported in lint([frame], rules)}


def test_what_is_in_a_dropped_schema_goes_and_foreign_keys_to_it() -> None:
    frame = last("DROP SCHEMA shop CASCADE")

    assert found(frame) == {("dropped-schema", "error")}
    assert Relation("shop", "item") not in frame.after.tables
    assert list(frame.after.known(Relation("public", "basket")).foreign_keys()) == []


def test_a_schema_that_is_not_empty_stays_without_cascade() -> None:
    assert [r.sqlstate for r in last("DROP SCHEMA shop").refusals] == ["2BP01"]


def test_what_an_unknown_schema_holds_is_not_known() -> None:
    assert found(last("DROP SCHEMA other CASCADE", before=NOTHING_KNOWN)) == {("dropped-schema", "depends")}
    assert found(last("DROP SCHEMA other", before=NOTHING_KNOWN)) == set()


def test_a_renamed_schema_takes_all_names_in_it_along() -> None:
    frame = last("ALTER SCHEMA shop RENAME TO store")
    (key,) = frame.after.known(Relation("public", "basket")).foreign_keys()

    assert found(frame) == {("renamed-schema", "error")}
    assert frame.after.knows(Relation("store", "item"))
    assert key.target == Relation("store", "item")


def test_an_unknown_schema_is_not_renamed_unnoticed() -> None:
    assert found(last("ALTER SCHEMA a RENAME TO b", before=NOTHING_KNOWN)) == {("renamed-schema", "error")}


def test_a_rename_of_a_schema_is_taken_back_by_another() -> None:
    frame = last("ALTER SCHEMA shop RENAME TO store")
    undo = frame.effects[0].change.undo(frame.before)

    assert undo is not None
    assert undo[0].apply(frame.after) == frame.before


def test_names_inside_of_create_schema_are_in_it() -> None:
    frame = last("CREATE SCHEMA s CREATE TABLE t (a int PRIMARY KEY) CREATE TABLE public.u (b int)")

    assert {Relation("s", "t"), Relation("public", "u")} <= frame.after.tables.keys()
    assert Thing("schema", "s") in frame.after.things


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE SCHEMA AUTHORIZATION CURRENT_USER",
        "CREATE SCHEMA s CREATE TABLE t (a int REFERENCES account)",
        "CREATE SCHEMA s CREATE VIEW v AS SELECT a FROM t",
        "CREATE SCHEMA s CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f()",
    ],
)
def test_what_cannot_be_told_is_not_read(sql: str) -> None:
    assert all(isinstance(change, Unread) for change in read_text(sql))


def test_without_a_primary_key_published_rows_cannot_be_named() -> None:
    assert found(last("CREATE PUBLICATION p FOR TABLE visit")) == {("published-without-key", "depends")}
    assert found(last("CREATE PUBLICATION p FOR TABLE basket")) == set()
    assert found(last("CREATE PUBLICATION p FOR TABLE visit WITH (publish = 'insert, truncate')")) == set()
    assert found(last("CREATE PUBLICATION p; ALTER PUBLICATION p ADD TABLE visit")) == {
        ("published-without-key", "depends")
    }


def test_of_a_table_that_nobody_knows_the_key_is_not_known_either() -> None:
    frame = last("CREATE PUBLICATION p FOR TABLE visit", before=NOTHING_KNOWN)

    assert found(frame) == {("published-without-key", "depends")}


def test_all_tables_are_those_that_are_known() -> None:
    assert found(last("CREATE PUBLICATION p FOR ALL TABLES")) == {("published-without-key", "depends")}
    assert found(last("CREATE PUBLICATION p FOR TABLES IN SCHEMA shop", major=15)) == set()


def test_without_a_major_a_publication_must_be_known_to_all() -> None:
    frame = last("CREATE PUBLICATION p FOR TABLE basket WHERE (id > 1)")

    assert [r.sqlstate for r in frame.refusals] == ["42601"]


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", True),
        ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false)", False),
        ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = off)", False),
        ("ALTER SUBSCRIPTION s REFRESH PUBLICATION", True),
        ("ALTER SUBSCRIPTION s SET PUBLICATION p", True),
        ("ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)", False),
        ("ALTER SUBSCRIPTION s SET (failover = true)", True),
        ("ALTER SUBSCRIPTION s DISABLE", False),
        ("DROP SUBSCRIPTION s", True),
    ],
)
def test_what_makes_or_drops_a_slot_runs_outside_of_transactions(sql: str, *, refused: bool) -> None:
    frame = last(f"BEGIN; {sql}", before=NOTHING_KNOWN, major=18)

    assert [r.sqlstate for r in frame.refusals] == (["25001"] if refused else [])


def test_what_goes_with_an_extension_is_not_known() -> None:
    frame = last("DROP EXTENSION plpgsql CASCADE")

    assert not frame.after.complete
    assert found(frame) == {("dropped-extension", "error"), ("dropped-extension", "depends")}
    assert found(last("CREATE EXTENSION e; DROP EXTENSION e CASCADE")) == set()
    assert found(last("DROP EXTENSION plpgsql")) == {("dropped-extension", "error")}
    assert found(last("DROP EXTENSION IF EXISTS not_there")) == set()


def test_an_updated_extension_may_answer_otherwise() -> None:
    assert found(last("ALTER EXTENSION e UPDATE", before=NOTHING_KNOWN)) == {("changed-object", "depends")}


def test_which_tables_another_server_has_only_it_knows() -> None:
    frame = last("IMPORT FOREIGN SCHEMA a FROM SERVER s INTO shop", before=NOTHING_KNOWN)

    assert not frame.after.complete
    assert frame.costs == frozenset()


def test_statistics_are_taken_back_by_a_drop() -> None:
    frame = last("CREATE STATISTICS st ON id, item_id FROM basket")
    undo = frame.effects[0].change.undo(frame.before)

    assert undo is not None
    assert undo[0].apply(frame.after) == frame.before
    assert found(frame) == set()


def test_a_wrapper_takes_along_what_the_history_has_put_under_it() -> None:
    given = """
    CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
    CREATE FOREIGN TABLE far (id int) SERVER s; CREATE TABLE near (id int);
    ALTER SERVER s RENAME TO t; ALTER FOREIGN DATA WRAPPER w RENAME TO v;
    """
    refused, gone = frames_of(
        "DROP FOREIGN DATA WRAPPER v; DROP FOREIGN DATA WRAPPER v CASCADE;", given=given
    )

    assert [one.sqlstate for one in refused.refusals] == ["2BP01"]
    assert [cost.table.name for cost in gone.costs] == ["far"]
    assert [table.name for table in gone.after.tables] == ["near"]
