"""Kills a runner again and again, with writers at work: python bench/kills.py [--majors 18] [--kills 300]

kill -9, Ctrl-C, answers that never arrive, cancelled statements, servers that crash: at random exchanges of
the runner with the server, in every phase. The end is compared with that of a release that nothing happens
to: the catalog, and each row with what its writer knows of it. No statement of either version may fail.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg

from schemaguard.postgres import embedded
from schemaguard.postgres.embedded import Server
from tests.fuzz.disturbed import Way
from tests.fuzz.kills import GIVEN, Outcome, release

#: To one release.
EACH = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--majors", default="18")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    return sum(run(major, asked.kills, asked.first) for major in map(int, asked.majors.split(","))) and 1


def run(major: int, kills: int, first: int) -> int:
    """The number of things that were wrong."""
    begun, happened, sent, wrong = time.monotonic(), Counter[Way](), 0, 0
    with embedded.start(major, settings={"synchronous_commit": "on"}) as server:
        undisturbed = one(server, first, 0)
        for number in range(-(-kills // EACH)):
            outcome = one(server, first + number, min(EACH, kills - number * EACH))
            if outcome.shape != undisturbed.shape:
                outcome.wrong.append("the catalog is not that of an undisturbed release")
            for line in outcome.wrong:
                print(f"seed {first + number}: {line}")
            happened += outcome.happened
            sent += outcome.sent
            wrong += len(outcome.wrong)
    print(f"PostgreSQL {major}: {happened.total()} disturbances in {time.monotonic() - begun:.0f} s, "
          f"{sent:,} statements of both versions beside them, {wrong} wrong")  # fmt: skip
    for way, count in happened.most_common():
        print(f"{count:6} {way.value}")
    return wrong


def one(server: Server, seed: int, times: int) -> Outcome:
    url = server.create_database(f"kills_{seed}_{times}")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(GIVEN)
    with tempfile.TemporaryDirectory() as folder:
        return release(url, Path(folder), seed=seed, times=times)


if __name__ == "__main__":
    sys.exit(main())
