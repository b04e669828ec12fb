"""Policies where scripts of the corpus do not go."""

import pytest

from schemaguard.costs import Lock
from schemaguard.frame import Frame
from schemaguard.lint import lint
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of
from schemaguard.testing import RUNNER

NOTHING_KNOWN = SchemaState()
GIVEN = "CREATE TABLE account (id int PRIMARY KEY); CREATE POLICY own ON account USING (id > 0);"
ACCOUNT = Relation("public", "account")


def last(sql: str, *, before: SchemaState | None = None) -> Frame:
    frames = frames_of(sql, given=GIVEN, before=before, timeouts=RUNNER)
    assert frames[-1].unread == ()
    return frames[-1]


def found(frame: Frame) -> set[tuple[str, str]]:
    rules = [named for named in all_rules() if named.rule.default]
    return {(reported.rule, reported.severity.value) for reported in lint([frame], rules)}


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE POLICY p ON account USING (true)",
        "ALTER POLICY own ON account USING (id > 1)",
        "DROP POLICY own ON account",
    ],
)
def test_whose_rows_a_policy_lets_through_hangs_on_the_code(sql: str) -> None:
    assert found(last(sql)) == {("changed-policy", "depends")}
    assert found(last(sql, before=NOTHING_KNOWN)) == {("changed-policy", "depends")}


def test_a_policy_of_a_table_that_is_new_breaks_nobody() -> None:
    assert found(last("CREATE TABLE fresh (id int PRIMARY KEY); CREATE POLICY p ON fresh")) == set()


def test_what_its_expressions_read_is_locked_weakly() -> None:
    frame = last("CREATE POLICY p ON account USING (id IN (SELECT id FROM seen))", before=NOTHING_KNOWN)

    assert frame.costs == {
        Lock(ACCOUNT, LockMode.ACCESS_EXCLUSIVE),
        Lock(Relation("public", "seen"), LockMode.ACCESS_SHARE),
    }


def test_one_that_is_not_there_costs_nothing_if_it_may_be_missing() -> None:
    assert last("DROP POLICY IF EXISTS other ON account").costs == frozenset()
    assert last("DROP POLICY IF EXISTS other ON account", before=NOTHING_KNOWN).costs != frozenset()


def test_a_new_policy_and_a_new_name_are_taken_back() -> None:
    for sql in ("CREATE POLICY p ON account", "ALTER POLICY own ON account RENAME TO mine"):
        frame = last(sql)
        undo = frame.effects[0].change.undo(frame.before)

        assert undo is not None
        assert undo[0].apply(frame.after) == frame.before


def test_what_a_dropped_policy_said_does_not_come_back() -> None:
    frame = last("DROP POLICY own ON account")

    assert frame.effects[0].change.undo(frame.before) is None
