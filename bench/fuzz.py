"""Random migrations against a server: python bench/fuzz.py [--majors 16,18] [--seeds 1000] [--first 0]

Each seed makes a script; what we say of each of its statements is held against what the server does and
has. Prints each difference, made small, and at the end a table of what came up.
"""

import argparse
import sys
import time
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from schemaguard.postgres import embedded
from tests.fuzz.explore import Counts, Found, explore, minimise

#: So many scripts share a database: dropped tables leave rows in the catalog.
SHARED = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--majors", default="16,18")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--show", type=int, default=10, help="how many differences to make small and print")
    asked = parser.parse_args()
    wrong = 0
    for major in map(int, asked.majors.split(",")):
        wrong += run(major, range(asked.first, asked.first + asked.seeds), asked.show)
    return 1 if wrong else 0


def run(major: int, seeds: range, show: int) -> int:
    counts, started = Counts(), time.monotonic()
    kinds: dict[object, int] = {}
    with embedded.start(major) as server:
        for number in range(0, len(seeds), SHARED):
            dsn = server.create_database(f"fuzz_{number}")
            with psycopg.connect(dsn, autocommit=True) as conn:
                for seed in seeds[number : number + SHARED]:
                    found = explore(conn, seed, counts)
                    if found is None:
                        continue
                    sort = found.differences[0].sort
                    kinds[sort] = kinds.get(sort, 0) + 1
                    if kinds[sort] == 1 and len(kinds) <= show:
                        print(f"== PostgreSQL {major}\n{minimise(conn, found)}", flush=True)
    report(major, counts, time.monotonic() - started)
    for sort, times in sorted(kinds.items(), key=lambda pair: -pair[1]):
        print(f"{times:6} {sort}")
    return sum(counts.differences.values())


def report(major: int, counts: Counts, seconds: float) -> None:
    print(
        f"PostgreSQL {major}: {counts.scripts} scripts, {sum(counts.fates.values())} statements,"
        f" {seconds:.0f} s"
    )
    for title in ("fates", "changes", "unread", "refused", "excused", "differences"):
        among = getattr(counts, title)
        print(
            f"  {title}: " + (", ".join(f"{name} {times}" for name, times in among.most_common(40)) or "none")
        )


__all__ = ["Found", "main"]

if __name__ == "__main__":
    sys.exit(main())
