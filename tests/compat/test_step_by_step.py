"""What is known of a statement from the state before is what it does at this one, when it is asked again."""

from dataclasses import replace
from typing import Any

import pytest

from schemaguard.compat.cells import Matrix, Participant, Side
from schemaguard.compat.observation import History
from schemaguard.compat.verdict import badness
from schemaguard.compat.workload import Query, Workload, query
from schemaguard.phase import Phase
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.proven import Standing, Told
from schemaguard.recipe import Scope, Step
from schemaguard.verify import check
from tests.compat.test_proven import ANOTHER_NOTE, ANOTHER_TWICE, RESTRICT, SCHEMA, STATEMENTS

EXPAND = (
    "ALTER TABLE u ADD x int",
    "CREATE TABLE apart (id int PRIMARY KEY, name text)",
    "ALTER TABLE u ADD CHECK (name <> 'name 501') NOT VALID",
    "INSERT INTO apart SELECT id, name FROM u",
    "UPDATE apart SET name = upper(name)",
    "ALTER TABLE alone ALTER note TYPE varchar(20)",
    "CREATE UNIQUE INDEX CONCURRENTLY kid_u ON kid (id, u_id)",
    ANOTHER_TWICE,
    "CREATE TABLE other (id int)",
    "UPDATE u SET name = upper(name)",
    "DELETE FROM grandkid",
    RESTRICT,
    "ALTER TABLE u ALTER name SET NOT NULL",
    "ALTER TABLE u ALTER name DROP NOT NULL",
    ANOTHER_NOTE,
    "ALTER TYPE mood ADD VALUE 'happy'",
    "CREATE TABLE another (id int)",
)
CONTRACT = (
    "ALTER TABLE apart ADD y int",
    "ALTER TABLE kid DROP CONSTRAINT kid_u_id_fkey",
    "CREATE TABLE one_more (id int)",
    "DROP TABLE computed",
)
CANARY = (
    *STATEMENTS,
    "SELECT id, name FROM apart WHERE id = $1",
    "INSERT INTO apart (id, name) VALUES ($1, $2)",
    "UPDATE apart SET name = $1 WHERE id = $2",
    "SELECT x FROM u WHERE id = $1",
    "INSERT INTO u (id, name, x) VALUES ($1, $2, $3)",
    "SELECT count(*) FROM pg_class",
    "SELECT now() > '2020-01-01' AS late, random() AS r",
)


#: Without what calls code, which may reach any table and so is asked again after each step.
PLAIN = tuple(sql for sql in STATEMENTS if "noted" not in sql and "computed" not in sql)
NEW = tuple(sql for sql in CANARY if "noted" not in sql and "computed" not in sql)


def matrix_of(server: Server, baseline: tuple[str, ...], canary: tuple[str, ...]) -> Matrix:
    participants = [
        Participant(side, Workload(version="1", driver="psycopg 3", statements=statements))
        for side, statements in ((Side.BASELINE, named(baseline)), (Side.CANARY, named(canary)))
    ]
    steps = [
        Step(id=f"{phase.value}-{n:02}", phase=phase, title=sql, sql=(sql,), scope=Scope.ALONE)
        for phase, own in ((Phase.EXPAND, EXPAND), (Phase.CONTRACT, CONTRACT))
        for n, sql in enumerate(own)
    ]
    return check(steps, SCHEMA, participants, server)


def named(statements: tuple[str, ...]) -> tuple[Query, ...]:
    return tuple(query(sql, sql) for sql in statements)


def told(matrix: Matrix) -> list[str]:
    """Of each cell all that can be seen of it."""
    return [f"{replace(cell, participant=matrix.participants[0])}" for cell in matrix.cells]


@pytest.mark.majors
def test_what_is_known_from_the_state_before_is_what_is_seen(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: set[tuple[Side, History]] = set()
    still = Standing.still
    sides = [Side.BASELINE] * len(PLAIN) + [Side.CANARY] * len(NEW)

    def noted(*args: Any) -> dict[tuple[int, History], Told]:
        found = still(*args)
        known.update((sides[number], history) for number, history in found)
        return found

    monkeypatch.setattr(Standing, "still", noted)
    stepwise = matrix_of(server, PLAIN, NEW)
    monkeypatch.setattr(Standing, "still", lambda *_: {})
    anew = matrix_of(server, PLAIN, NEW)

    assert told(stepwise) == told(anew)
    assert {badness(cell.verdict) for cell in anew.cells} == {0, 1, 3, 4}
    assert known >= {(Side.BASELINE, History.LEGACY), (Side.BASELINE, History.BASELINE)}
    assert known >= {(Side.CANARY, history) for history in History}


def test_where_code_may_reach_any_table_it_is_the_same(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    stepwise = matrix_of(server, STATEMENTS, CANARY)
    monkeypatch.setattr(Standing, "still", lambda *_: {})

    assert told(stepwise) == told(matrix_of(server, STATEMENTS, CANARY))
