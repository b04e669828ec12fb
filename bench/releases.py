"""Random releases, split and proved: python bench/releases.py [--majors 18] [--seeds 2000] [--first 0]

Each seed makes a schema and a migration as people write it. It is refused with a reason, or its plan is
run on a shadow database: killed at every step, taken back, its end compared with the migration's own; and
once more while the old code and the new one write, when nobody may be refused, and no row lost. What is
broken is printed, made small; in the end, what came up how often, and which columns do not come back from
what is made of them.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from schemaguard.postgres import embedded
from schemaguard.postgres.embedded import Server
from tests.fuzz.releases import Fate, Release, outcome, release

#: So many releases share a server: roles and dropped databases stay behind.
SHARED = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--majors", default="18")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    wrong = 0
    for major in map(int, asked.majors.split(",")):
        wrong += run(major, range(asked.first, asked.first + asked.seeds))
    return 1 if wrong else 0


def run(major: int, seeds: range) -> int:
    fates: Counter[Fate] = Counter()
    reasons: Counter[str] = Counter()
    lossy: list[str] = []
    started = time.monotonic()
    for first in range(0, len(seeds), SHARED):
        with embedded.start(major) as server:
            for seed in seeds[first : first + SHARED]:
                one = release(seed)
                came = outcome(one, server, major)
                fates[came.fate] += 1
                lossy += [f"seed {seed}: {note}" for note in came.lossy]
                if came.fate is Fate.REFUSED:
                    named = [line for line in came.why if line.startswith("release.sql")]
                    reasons.update(line.split(": ", 1)[-1] for line in named)
                if came.fate is Fate.BROKEN:
                    small = smaller(one, server, major)
                    print(small, *(f"-- {line}" for line in outcome(small, server, major).why), sep="\n")
                    sys.stdout.flush()
    print(f"PostgreSQL {major}: {len(seeds)} releases in {time.monotonic() - started:.0f} s")
    for fate, count in fates.most_common():
        print(f"{count:6} {fate.value}")
    print(f"{len(lossy):6} columns do not come back from what is made of them", *lossy, sep="\n       ")
    for reason, count in reasons.most_common(30):
        print(f"{count:6} {reason}")
    return fates[Fate.BROKEN]


def smaller(one: Release, server: Server, major: int) -> Release:
    """The release without the statements that it is broken without."""
    place = 0
    while place < len(one.migration):
        less = one.without(place)
        if len(less.migration) > 0 and outcome(less, server, major).fate is Fate.BROKEN:
            one = less
        else:
            place += 1
    return one


if __name__ == "__main__":
    sys.exit(main())
