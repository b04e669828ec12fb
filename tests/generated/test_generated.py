"""Every statement on every shape of table: PostgreSQL does and has what we say, or it is listed here.

Each major tries a third of the pairs, another one than its neighbours; ``bench/generated.py`` tries
all on all.
"""

from collections.abc import Callable

import pytest

from schemaguard.postgres.connect import connect
from tests.generated.differences import DIFFERENCES
from tests.generated.shapes import SHAPES
from tests.generated.statements import STATEMENTS
from tests.generated.trying import Fate, Outcome, outcomes, setup

SHARE = 3


@pytest.mark.majors
@pytest.mark.parametrize("shape", SHAPES)
def test_postgres_does_what_we_say_of_each_statement(
    shape: str, major: int, database_with: Callable[[str], str]
) -> None:
    place = list(SHAPES).index(shape) + major
    mine = [tried for number, tried in enumerate(STATEMENTS, place) if number % SHARE == 0]
    with connect(database_with(setup(shape)), repeats=True) as conn:
        found = list(outcomes(conn, mine))

    assert sum(outcome.fate is Fate.EQUAL for outcome in found) > len(found) / 3
    assert "\n".join(line for outcome in found for line in _wrong(shape, outcome)) == ""


def _wrong(shape: str, outcome: Outcome) -> list[str]:
    """Differences that are not listed, and listed ones that are none any more, or not on the safe side."""
    sql = outcome.tried.sql
    known = (shape, sql) in DIFFERENCES
    match outcome.fate:
        case Fate.DIFFERENT if known:
            return [f"{sql}: {line}" for line in outcome.lines if not line.startswith("said, not seen")]
        case Fate.DIFFERENT:
            return [f"{sql}: {line}" for line in outcome.lines]
        case Fate.UNREAD:
            return [f"{sql} is not read: {outcome.lines}"]
        case Fate.EQUAL if known:
            return [f"{sql} is equal, but listed as a difference"]
        case Fate.EQUAL | Fate.POINTLESS:
            return []


def test_there_are_enough_of_them() -> None:
    assert len(STATEMENTS) * len(SHAPES) >= 1_500 * SHARE


def test_only_what_is_listed_is_listed() -> None:
    assert len(DIFFERENCES) <= 15
    assert {shape for shape, _ in DIFFERENCES} <= SHAPES.keys()
    assert {sql for _, sql in DIFFERENCES} <= {tried.sql for tried in STATEMENTS}
