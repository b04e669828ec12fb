"""Random releases: each is refused with its reason, or its plan keeps all that it promises."""

from collections import Counter

from schemaguard.postgres.embedded import Server
from tests.fuzz.releases import Fate, outcome, release

SEEDS = range(30)


def test_of_random_releases_each_plan_keeps_what_it_promises(server: Server) -> None:
    fates: Counter[Fate] = Counter()
    broken = []
    for seed in SEEDS:
        one = release(seed)
        came = outcome(one, server, server.major)
        fates[came.fate] += 1
        if came.fate is Fate.BROKEN:
            broken.append(f"{one}\n-- {came.why}")

    assert broken == []
    assert fates[Fate.PROVED] > len(SEEDS) / 2
