"""What one remedy mends in a whole migration is told once; what a release has made itself nobody misses."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.test_cli import lint_sql

THREE = "ALTER TABLE a ADD COLUMN x int; ALTER TABLE b ADD COLUMN x int; ALTER TABLE c ADD COLUMN x int;"


def findings(tmp_path: Path, sql: str) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(lint_sql(tmp_path, sql, "--format", "json").stdout)["findings"]
    return told


def test_a_missing_time_out_is_told_once_and_the_others_are_counted(tmp_path: Path) -> None:
    told = [one for one in findings(tmp_path, THREE) if one["rule"] == "missing-lock-timeout"]

    assert [(one["statement"], one["more"]) for one in told] == [(1, 2)]
    text = lint_sql(tmp_path, THREE).stdout
    assert "(and 2 more in this migration)" in text


def test_one_that_is_allowed_does_not_hide_the_others(tmp_path: Path) -> None:
    allowed = "-- schemaguard: allow missing-lock-timeout (nobody uses it)\n"
    told = [one for one in findings(tmp_path, allowed + THREE) if one["rule"] == "missing-lock-timeout"]

    assert [(one["statement"], one["more"]) for one in told] == [(2, 1)]


TIMEOUT = "SET lock_timeout = '1s';"


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("ALTER TABLE a ADD COLUMN x int; ALTER TABLE a RENAME x TO y; ALTER TABLE a DROP COLUMN y;", []),
        ("ALTER TABLE a ADD COLUMN x int; ALTER TABLE a ALTER x TYPE bigint;", []),
        ("ALTER TABLE a ADD COLUMN IF NOT EXISTS x int; ALTER TABLE a DROP COLUMN x;", [3]),
        ("ALTER TABLE a ADD COLUMN x int; ALTER TABLE b DROP COLUMN x;", [3]),
        ("BEGIN; ALTER TABLE a ADD COLUMN x int; ROLLBACK; ALTER TABLE a DROP COLUMN x;", [5]),
        ("ALTER TABLE a RENAME x TO y; ALTER TABLE a RENAME y TO z;", [2, 3]),
    ],
)
def test_nobody_misses_a_column_that_the_same_release_has_added(
    tmp_path: Path, sql: str, statements: list[int]
) -> None:
    told = [one for one in findings(tmp_path, TIMEOUT + sql) if one["family"] == "breaking"]

    assert [one["statement"] for one in told] == statements
