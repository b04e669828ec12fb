"""VACUUM, ANALYZE, CLUSTER, REINDEX, LOCK and TRUNCATE where scripts of the corpus do not go."""

import psycopg
import pytest

from schemaguard.costs import BuildIndex, Lock, Rewrite
from schemaguard.frame import Frame
from schemaguard.lint import lint
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.postgres.observe import refusal
from schemaguard.rules import default_rules
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of
from schemaguard.server import Server
from schemaguard.testing import RUNNER

NOTHING_KNOWN = SchemaState()
ACCOUNT, VISIT = Relation("public", "account"), Relation("public", "visit")
GIVEN = """
CREATE TABLE account (id int PRIMARY KEY);
CREATE TABLE visit (id int PRIMARY KEY, account_id int REFERENCES account);
"""


def only(sql: str, *, before: SchemaState | None = None, major: int | None = None) -> Frame:
    frames = frames_of(
        sql, given=GIVEN, before=before, server=Server(major=major, time_zone="UTC"), timeouts=RUNNER
    )
    assert len(frames) == 1
    assert frames[0].unread == ()
    return frames[0]


def rules_of(frame: Frame) -> set[str]:
    return {reported.rule for reported in lint([frame], default_rules())}


def test_a_table_that_the_history_does_not_know_is_written_anew_for_certain() -> None:
    frame = only("VACUUM FULL account", before=NOTHING_KNOWN)

    assert Rewrite(ACCOUNT, LockMode.ACCESS_EXCLUSIVE) in frame.costs
    assert rules_of(frame) == {"compacted-table"}


@pytest.mark.parametrize("sql", ["VACUUM FULL", "CLUSTER", "VACUUM (FULL, ANALYZE)"])
def test_a_database_of_which_no_table_is_known_is_reported_all_the_same(sql: str) -> None:
    assert rules_of(only(sql, before=NOTHING_KNOWN)) == {"compacted-table"}


@pytest.mark.parametrize("sql", ["REINDEX SCHEMA shop", "REINDEX DATABASE d", "REINDEX SYSTEM d"])
def test_a_whole_of_which_no_index_is_known_is_reported_all_the_same(sql: str) -> None:
    assert rules_of(only(sql, before=NOTHING_KNOWN, major=18)) == {"blocking-reindex"}


def test_an_unknown_index_stands_for_its_table() -> None:
    frame = only("REINDEX INDEX account_email", before=NOTHING_KNOWN)

    assert BuildIndex(Relation("public", "account_email"), LockMode.SHARE) in frame.costs
    assert rules_of(frame) == {"blocking-reindex"}


def test_without_a_major_the_statement_must_be_known_to_all() -> None:
    assert [r.sqlstate for r in only("VACUUM ONLY account").refusals] == ["42601"]
    assert only("VACUUM ONLY account", major=18).refusals == ()
    assert [r.sqlstate for r in only("REINDEX DATABASE", major=15).refusals] == ["42601"]


def test_which_index_it_was_clustered_by_nobody_knows() -> None:
    frame = only("CLUSTER account")

    assert [(r.sqlstate, r.certain) for r in frame.refusals] == [("42704", False)]
    assert not frame.refused


def test_a_lock_outside_of_a_transaction_is_refused() -> None:
    frame = only("LOCK TABLE account")

    assert [r.sqlstate for r in frame.refusals] == ["25P01"]
    assert rules_of(frame) == {"refused", "locked-table"}


def test_who_does_not_wait_for_a_lock_needs_no_timeout() -> None:
    sql = "BEGIN; LOCK TABLE account IN SHARE MODE"
    waiting = frames_of(sql, given=GIVEN)[-1]
    not_waiting = frames_of(f"{sql} NOWAIT", given=GIVEN)[-1]

    assert rules_of(waiting) - rules_of(not_waiting) == {"missing-lock-timeout"}


def test_what_is_not_there_is_certainly_missing() -> None:
    assert [(r.sqlstate, r.certain) for r in only("ANALYZE not_there").refusals] == [("42P01", True)]
    assert [(r.sqlstate, r.certain) for r in only("TRUNCATE not_there").refusals] == [("42P01", True)]


def test_a_vacuum_inside_of_a_transaction_is_refused() -> None:
    frames = frames_of("BEGIN; VACUUM account;", given=GIVEN)

    assert [r.sqlstate for r in frames[1].refusals] == ["25001"]


def test_truncate_takes_the_rows_of_what_refers_to_it_only_with_cascade() -> None:
    alone, cascading = only("TRUNCATE account"), only("TRUNCATE account CASCADE")

    assert [r.sqlstate for r in alone.refusals] == ["0A000"]
    assert [loss.what for effect in cascading.effects for loss in effect.losses] == [
        "the rows of public.account",
        "the rows of public.visit",
    ]
    assert Lock(VISIT, LockMode.ACCESS_EXCLUSIVE) in cascading.costs
    assert rules_of(cascading) == {"truncated-table", "cascading-truncate"}


def test_what_refers_to_an_unknown_table_may_be_emptied_too() -> None:
    frame = only("TRUNCATE account CASCADE", before=NOTHING_KNOWN)
    found = {(r.rule, r.severity.value) for r in lint([frame], default_rules())}

    assert found == {("truncated-table", "error"), ("cascading-truncate", "depends")}


def test_a_young_table_may_be_emptied() -> None:
    frames = frames_of("CREATE TABLE page (id bigint); TRUNCATE page;", given=GIVEN, timeouts=RUNNER)

    assert list(lint(frames, default_rules())) == []


@pytest.mark.majors
@pytest.mark.parametrize("name", ["seen", "item"])
def test_only_a_materialized_view_can_be_refreshed(conn: psycopg.Connection, name: str) -> None:
    given = "CREATE TABLE item (id int); CREATE VIEW seen AS SELECT id FROM item;"
    refresh = f"REFRESH MATERIALIZED VIEW {name}"
    conn.execute(given.encode())

    (frame,) = frames_of(refresh, given=given)

    assert [one.sqlstate for one in frame.refusals] == [refusal(conn, [refresh])]
    assert not frame.costs
