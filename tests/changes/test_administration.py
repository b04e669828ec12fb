"""Privileges, roles, databases and comments where scripts of the corpus do not go."""

import pytest

from schemaguard.costs import Lock
from schemaguard.frame import Frame
from schemaguard.lint import lint
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.rules import all_rules
from schemaguard.schema import SchemaState
from schemaguard.scripts import frames_of
from schemaguard.server import Server
from schemaguard.testing import RUNNER

ACCOUNT = Relation("public", "account")
GIVEN = "CREATE TABLE account (id int PRIMARY KEY);"


def only(sql: str, *, major: int | None = None) -> Frame:
    frames = frames_of(sql, given=GIVEN, server=Server(major=major), timeouts=RUNNER)
    assert len(frames) == 1
    assert frames[0].unread == ()
    return frames[0]


def found(frame: Frame) -> set[tuple[str, str]]:
    rules = [named for named in all_rules() if named.rule.default]
    return {(reported.rule, reported.severity.value) for reported in lint([frame], rules)}


def test_a_grant_locks_nothing_up_to_17_and_next_to_nothing_since() -> None:
    assert only("GRANT SELECT ON account TO joe", major=17).costs == frozenset()
    assert only("GRANT SELECT ON account TO joe", major=18).costs == {Lock(ACCOUNT, LockMode.ACCESS_SHARE)}
    assert only("GRANT SELECT ON ALL TABLES IN SCHEMA public TO joe", major=18).costs == frozenset()


@pytest.mark.parametrize(
    "sql",
    [
        "REVOKE SELECT ON account FROM joe",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC CASCADE",
        "REVOKE a FROM joe",
        "ALTER GROUP a DROP USER joe",
        "GRANT a TO joe WITH SET FALSE",
    ],
)
def test_whether_running_code_rests_on_a_privilege_depends(sql: str) -> None:
    assert found(only(sql, major=18)) == {("revoked-privilege", "depends")}


@pytest.mark.parametrize(
    "sql",
    [
        "GRANT SELECT ON account TO joe",
        "REVOKE GRANT OPTION FOR SELECT ON account FROM joe",
        "REVOKE ADMIN OPTION FOR a FROM joe",
        "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM joe",
        "ALTER ROLE joe SET work_mem = '4MB'",
        "CREATE ROLE joe LOGIN",
        "REASSIGN OWNED BY joe TO ann",
        "COMMENT ON TABLE account IS 'x'",
        "CHECKPOINT",
        "LISTEN jobs",
        "ALTER SYSTEM SET work_mem = '4MB'",
        "CREATE DATABASE d",
        "CREATE TABLESPACE fast LOCATION '/x'",
    ],
)
def test_what_takes_nothing_from_anybody_is_not_reported(sql: str) -> None:
    assert found(only(sql)) == set()


@pytest.mark.parametrize(
    "sql", ["DROP ROLE joe", "ALTER USER joe RENAME TO j", "ALTER ROLE joe PASSWORD 'x'"]
)
def test_whether_code_logs_in_as_a_role_depends(sql: str) -> None:
    assert found(only(sql)) == {("changed-role", "depends")}


@pytest.mark.parametrize("sql", ["DROP DATABASE d", "ALTER DATABASE d RENAME TO e"])
def test_a_database_that_is_gone_breaks_all_code(sql: str) -> None:
    assert found(only(sql)) == {("dropped-database", "error")}


def test_of_what_a_dropped_role_owned_nothing_is_known_any_more() -> None:
    frame = only("DROP OWNED BY joe")

    assert not frame.after.complete
    assert found(frame) == {("dropped-owned", "depends")}


def test_without_a_major_a_privilege_must_be_known_to_all() -> None:
    assert [r.sqlstate for r in only("GRANT MAINTAIN ON account TO joe").refusals] == ["42601"]
    assert only("GRANT MAINTAIN ON account TO joe", major=17).refusals == ()


def test_a_comment_on_part_of_a_table_takes_a_weaker_lock_than_on_the_table() -> None:
    said = {
        sql: only(sql).costs
        for sql in ("COMMENT ON TABLE account IS 'x'", "COMMENT ON RULE r ON account IS 'x'")
    }

    assert list(said.values()) == [
        {Lock(ACCOUNT, LockMode.SHARE_UPDATE_EXCLUSIVE)},
        {Lock(ACCOUNT, LockMode.ACCESS_SHARE)},
    ]


def test_a_label_needs_a_module() -> None:
    frame = only("SECURITY LABEL FOR selinux ON TABLE account IS 'x'")

    assert [(r.sqlstate, r.certain) for r in frame.refusals] == [("22023", False)]


def test_an_incomplete_history_does_not_refuse_what_it_does_not_know() -> None:
    frames = frames_of("GRANT SELECT ON not_there TO joe", before=SchemaState())

    assert frames[0].refusals == ()
