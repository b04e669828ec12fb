"""Killed, cut off and crashed thirty times, a release ends as if nothing had happened, and nobody noticed."""

from pathlib import Path

import psycopg

from schemaguard.postgres import embedded
from tests import servers as houses
from tests.fuzz.kills import GIVEN, release

TIMES = 30
SEED = 20


def test_a_release_that_is_killed_again_and_again_ends_like_one_that_is_not(tmp_path: Path) -> None:
    # A server of its own, for it crashes, and must not forget what it has answered.
    with embedded.start(max(houses.majors()), settings={"synchronous_commit": "on"}) as server:
        outcomes = []
        for name, times in (("undisturbed", 0), ("killed", TIMES)):
            url = server.create_database(name)
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute(GIVEN)
            folder = tmp_path / name
            folder.mkdir()
            outcomes.append(release(url, folder, seed=SEED, times=times))

    undisturbed, killed = outcomes
    assert not undisturbed.wrong
    assert not killed.wrong
    assert killed.happened.total() == TIMES
    assert killed.shape == undisturbed.shape
