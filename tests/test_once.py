"""What one remedy mends in a whole migration is told once; what a release has made itself nobody misses."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from schemaguard.compat.cells import Participant, Session, Side
from schemaguard.compat.observation import History
from schemaguard.compat.verdict import Red
from schemaguard.compat.workload import Workload, query
from schemaguard.postgres.embedded import Server
from schemaguard.verify import check_naive
from tests.test_cli import lint_sql, schemaguard

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


ENUM = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE a (m mood DEFAULT 'ok');"
SWAP = """
ALTER TYPE mood RENAME TO mood_old;
CREATE TYPE mood AS ENUM ({values});
ALTER TABLE a ALTER m DROP DEFAULT;
ALTER TABLE a ALTER m TYPE mood USING m::text::mood;
ALTER TABLE a ALTER m SET DEFAULT 'ok';
DROP TYPE mood_old;
"""
OTHER_WAY = """
CREATE TYPE mood_new AS ENUM ({values});
ALTER TABLE a ALTER m TYPE mood_new USING m::text::mood_new;
DROP TYPE mood;
ALTER TYPE mood_new RENAME TO mood;
"""


@pytest.mark.parametrize("swap", [SWAP, OTHER_WAY])
@pytest.mark.parametrize(
    ("around", "values", "changed_type"),
    [
        ("BEGIN; {} COMMIT;", "'sad', 'ok', 'glad'", "depends"),
        ("BEGIN; {} COMMIT;", "'ok', 'glad'", "error"),
        ("{}", "'sad', 'ok', 'glad'", "error"),
    ],
)
def test_an_enum_that_is_swapped_in_one_transaction_breaks_at_most_open_sessions_unless_a_value_is_gone(
    tmp_path: Path, swap: str, around: str, values: str, changed_type: str
) -> None:
    (tmp_path / "schema.sql").write_text(ENUM)
    (tmp_path / "m.sql").write_text(TIMEOUT + around.format(swap.format(values=values)))

    words = ("lint", tmp_path / "m.sql", "--schema", tmp_path / "schema.sql", "--format", "json")
    told = json.loads(schemaguard(*words).stdout)["findings"]

    severities = {one["rule"]: one["severity"] for one in told}
    assert severities["changed-type"] == changed_type
    assert ({"renamed-type", "dropped-type", "changed-default"} & severities.keys() == set()) == (
        changed_type == "depends"
    )
    assert severities["rewriting-type-change"] == "error"


@pytest.mark.majors
def test_open_sessions_fail_once_at_a_swapped_enum_and_new_ones_do_not(server: Server) -> None:
    asked = Workload(version="1", driver="psycopg 3.3", statements=(query("SELECT m FROM a", "read"),))
    baseline = Participant(Side.BASELINE, asked)
    swap = SWAP.format(values="'sad', 'ok', 'glad'")

    matrix = check_naive([swap], f"{ENUM} INSERT INTO a VALUES ('sad');", [baseline], server)

    cells = [cell for cell in matrix.cells if cell.state == matrix.turn]
    told = {cell.session: isinstance(cell.verdict, Red) for cell in cells if cell.history is History.LEGACY}
    assert told == {Session.NEW: False, Session.WARM: True}


def test_null_is_refused_with_its_own_code(tmp_path: Path) -> None:
    told = findings(tmp_path, f"{TIMEOUT} ALTER TABLE a ADD PRIMARY KEY (b);")

    messages = [one["message"] for one in told if one["rule"] == "existing-duplicates"]
    assert any("NULL" in message and "(23502)" in message for message in messages)
    assert any("duplicates" in message and "(23505)" in message for message in messages)


ADDED = "ALTER TABLE a ADD COLUMN x int;"
UNIQUE, KEY = "ALTER TABLE a ADD UNIQUE (b, x);", "ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES b;"


@pytest.mark.majors
@pytest.mark.parametrize(
    ("sql", "felt"),
    [
        (ADDED + UNIQUE, False),
        (ADDED + KEY, False),
        (ADDED + "CREATE UNIQUE INDEX ON a (x);", False),
        ("BEGIN;" + ADDED + "COMMIT;" + UNIQUE, False),
        (ADDED + "ALTER TABLE a RENAME x TO y; ALTER TABLE a ADD UNIQUE (y);", False),
        (ADDED + "UPDATE b SET id = id;" + UNIQUE, False),
        (ADDED + "UPDATE a SET x = 1;" + UNIQUE, True),
        (ADDED + "SELECT fill_in();" + UNIQUE, True),
        ("BEGIN;" + ADDED + "ROLLBACK;" + UNIQUE, True),
        ("ALTER TABLE a ADD COLUMN x int DEFAULT 1;" + UNIQUE, True),
        ("ALTER TABLE a ADD COLUMN IF NOT EXISTS x int;" + UNIQUE, True),
        ("ALTER TABLE a ADD COLUMN x what_is_it;" + UNIQUE, True),
        ("ALTER TABLE a ADD COLUMN x serial;" + UNIQUE, True),
        (UNIQUE.replace("x", "c"), True),
    ],
)
def test_a_key_over_a_column_that_is_still_empty_refuses_nothing(
    tmp_path: Path,
    conn: psycopg.Connection,
    sql: str,
    felt: bool,  # noqa: FBT001
) -> None:
    told = {one["rule"] for one in findings(tmp_path, TIMEOUT + sql)}

    assert bool(told & {"tightened", "existing-duplicates"}) == felt
    if not felt:
        # Rows that are twice there, and code that writes one more.
        conn.execute("CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE a (b int, c int)")
        conn.execute("INSERT INTO a VALUES (1, 1), (1, 1)")
        conn.execute(sql.encode())
        conn.execute("INSERT INTO a (b, c) VALUES (1, 1)")


KEYS = "CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE a (x int REFERENCES b, y int CONSTRAINT u UNIQUE);"
CASCADE = """
ALTER TABLE a DROP CONSTRAINT a_x_fkey; ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES b ON DELETE CASCADE;
"""
AGAIN = "ALTER TABLE a DROP CONSTRAINT u; ALTER TABLE a ADD CONSTRAINT v UNIQUE (y);"


@pytest.mark.parametrize(
    ("sql", "felt"),
    [
        (f"BEGIN; {CASCADE} COMMIT;", False),
        (f"BEGIN; {AGAIN} COMMIT;", False),
        (CASCADE, True),
        (AGAIN, True),
        (f"BEGIN; {CASCADE.replace('(x)', '(y)')} COMMIT;", True),
        (f"BEGIN; {AGAIN.replace('(y)', '(x)')} COMMIT;", True),
    ],
)
def test_a_key_that_is_made_anew_in_one_transaction_tightens_nothing(
    tmp_path: Path,
    sql: str,
    felt: bool,  # noqa: FBT001
) -> None:
    (tmp_path / "schema.sql").write_text(KEYS)
    (tmp_path / "m.sql").write_text(TIMEOUT + sql)

    words = ("lint", tmp_path / "m.sql", "--schema", tmp_path / "schema.sql", "--format", "json")
    told = {one["rule"] for one in json.loads(schemaguard(*words).stdout)["findings"]}

    assert bool(told & {"tightened", "existing-duplicates"}) == felt
