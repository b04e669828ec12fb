"""Scripts that nobody would write, through the whole linter: python bench/garbage.py [--scripts 1000000]

Random bytes, statements cut short, mixed and mutated, on all cores. Prints each crash, each part of a
script that is lost, and each script that takes longer than five seconds of a processor. Exits 1 if there
is any.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fuzz.garbage import Trouble, scripts, trouble_with

PATIENCE = 5.0
SHARE = 10_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scripts", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    shares = range(asked.first, asked.first + -(-asked.scripts // SHARE))
    begun, wrong = time.monotonic(), 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, troubles in enumerate(pool.map(share, shares), start=1):
            for trouble in troubles:
                wrong += 1
                print(f"{trouble.what}\n    {trouble.script!r}")
            if number % 10 == 0:
                print(f"{number * SHARE:>9,} scripts, {wrong} wrong, {time.monotonic() - begun:.0f} s")
    print(f"{len(shares) * SHARE:,} scripts, {wrong} wrong, {time.monotonic() - begun:.0f} s")
    return int(wrong > 0)


def share(seed: int) -> list[Trouble]:
    return list(_troubles(seed))


def _troubles(seed: int) -> Iterator[Trouble]:
    for script in islice(scripts(seed), SHARE):
        begun = time.process_time()
        trouble = trouble_with(script)
        if trouble is not None:
            yield trouble
        if time.process_time() - begun > PATIENCE:
            yield Trouble(f"took {time.process_time() - begun:.1f} s", script)


if __name__ == "__main__":
    sys.exit(main())
