"""Random releases: each is refused with its reason, or its plan keeps all that it promises."""

import pytest

from schemaguard.postgres.embedded import Server
from tests.fuzz.releases import Fate, outcome, release

SEEDS = range(30)


@pytest.mark.parametrize("first", SEEDS[::5])
def test_of_random_releases_each_plan_keeps_what_it_promises(first: int, server: Server) -> None:
    fates = []
    broken = []
    for seed in range(first, first + 5):
        one = release(seed)
        came = outcome(one, server, server.major)
        fates.append(came.fate)
        if came.fate is Fate.BROKEN:
            broken.append(f"{one}\n-- {came.why}")

    assert broken == []
    assert Fate.PROVED in fates
