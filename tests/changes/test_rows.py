"""Statements about rows and blocks, on schemas that are known and unknown."""

import pytest

from schemaguard.changes import Change, NextInBlock, Unread
from schemaguard.costs import Lock, Scan
from schemaguard.frame import Frame
from schemaguard.interpret import interpret
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of, pieces_of
from schemaguard.server import Server
from schemaguard.sql import read
from schemaguard.sql.grammar import read_text

T = Relation("public", "t")


def last(sql: str, *, given: str = "", major: int | None = None) -> Frame:
    return frames_of(sql, given=given, server=Server(major=major))[-1]


def on_unknown(sql: str) -> Frame:
    return list(interpret([read(piece) for piece in pieces_of(sql)], SchemaState()))[-1]


@pytest.mark.parametrize(
    ("sql", "cost"),
    [
        ("SELECT * FROM t", Lock(T, LockMode.ACCESS_SHARE)),
        ("SELECT * FROM t FOR SHARE", Lock(T, LockMode.ROW_SHARE)),
        ("MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE", Scan(T, LockMode.ROW_EXCLUSIVE)),
        ("COPY t FROM '/x'", Lock(T, LockMode.ROW_EXCLUSIVE)),
        ("EXPLAIN DELETE FROM t", Lock(T, LockMode.ROW_EXCLUSIVE)),
        ("DO $$ BEGIN DELETE FROM t; END $$", Scan(T, LockMode.ROW_EXCLUSIVE)),
    ],
)
def test_of_tables_that_nobody_knows_all_costs_are_said(sql: str, cost: object) -> None:
    assert cost in on_unknown(sql).costs


def test_the_row_of_a_cursor_is_not_looked_for() -> None:
    costs = on_unknown("UPDATE t SET a = 1 WHERE CURRENT OF c").costs

    assert Scan(T, LockMode.ROW_EXCLUSIVE) not in costs


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", 15),
        ("MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE RETURNING t.a", 17),
        ("MERGE INTO t USING u ON true WHEN NOT MATCHED BY SOURCE THEN DELETE", 17),
    ],
)
def test_merge_is_refused_by_servers_that_do_not_have_it(sql: str, first: int) -> None:
    given = "CREATE TABLE t (a int); CREATE TABLE u (a int);"

    assert [r.sqlstate for r in last(sql, given=given, major=first - 1).refusals] == ["42601"]
    assert last(sql, given=given, major=first).refusals == ()


def test_a_block_cannot_commit_the_transaction_around_it() -> None:
    block = "DO $$ BEGIN COMMIT; END $$"

    assert [r.sqlstate for r in last(f"BEGIN; {block};").refusals] == ["2D000"]
    assert last(block).refusals == ()


def test_a_block_is_a_transaction_for_what_cannot_run_in_one() -> None:
    frame = last("DO $$ BEGIN CREATE INDEX CONCURRENTLY i ON t (a); END $$", given="CREATE TABLE t (a int)")

    assert [r.sqlstate for r in frame.refusals] == ["25001"]


@pytest.mark.parametrize(
    ("condition", "effects"),
    [("duplicate_column", 1), ("OTHERS", 1), ("SQLSTATE '42701'", 1), ("duplicate_object", 2)],
)
def test_only_what_is_caught_is_spared(condition: str, effects: int) -> None:
    block = f"DO $$ BEGIN ALTER TABLE t ADD a int; EXCEPTION WHEN {condition} THEN NULL; END $$"
    frame = last(block, given="CREATE TABLE t (a int)")

    assert len(frame.effects) == effects


def test_what_a_block_puts_together_is_unread_and_said_to_be() -> None:
    marks = read_text("DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'a' || b); DROP TABLE u; END $$")

    assert [type(change).__name__ for change in marks] == [
        "NextInBlock", "Unread", "NextInBlock", "DropTable",
    ]  # fmt: skip
    assert isinstance(marks[1], Unread)
    assert marks[1].reason.startswith("EXECUTE runs a text that is put together while the block runs")


def test_the_statements_of_a_block_keep_their_order() -> None:
    block = "DO $$ BEGIN ALTER TABLE t ADD b int; ALTER TABLE t DROP b; ALTER TABLE t ADD c int; END $$"
    frame = last(block, given="CREATE TABLE t (a int)")
    done: list[Change] = [e.change for e in frame.effects if not isinstance(e.change, NextInBlock)]

    assert [type(change).__name__ for change in done] == ["AddColumn", "DropColumn", "AddColumn"]
    assert [column.name for column in frame.after.tables[T].columns] == ["a", "c"]
