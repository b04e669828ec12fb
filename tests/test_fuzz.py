"""Random migrations: what we say of each statement is what the server does and has."""

from collections.abc import Callable

import pytest

from schemaguard.postgres.connect import connect
from tests.fuzz.explore import Counts, explore, minimise

SEEDS = 40
OF_EACH = 5


@pytest.mark.majors
@pytest.mark.variations
@pytest.mark.parametrize("first", range(0, SEEDS, OF_EACH))
def test_of_random_migrations_we_say_what_the_server_does(
    first: int, database_with: Callable[[str], str]
) -> None:
    counts = Counts()
    wrong = []
    with connect(database_with(""), repeats=True) as conn:
        for seed in range(first, first + OF_EACH):
            found = explore(conn, seed, counts)
            if found is not None:
                wrong.append(str(minimise(conn, found)))

    assert counts.scripts == OF_EACH
    assert wrong == []
