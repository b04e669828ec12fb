"""Every statement on every shape of table: python bench/generated.py [--majors 14,18] [--shape keyed]

What we say of each (costs, the schema afterwards, refusals) is held against what the server does. Prints each
difference, with --unread also what is not read, and at the end how many there were of each. Exits 1 if
anything is different that ``tests/generated/differences.py`` does not list.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from schemaguard.postgres import embedded
from schemaguard.postgres.connect import connect
from tests.generated.differences import DIFFERENCES
from tests.generated.shapes import SHAPES
from tests.generated.statements import STATEMENTS
from tests.generated.trying import Fate, Outcome, outcomes, setup


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--majors", default="14,15,16,17,18")
    parser.add_argument("--shape", choices=tuple(SHAPES), help="only this one")
    parser.add_argument("--unread", action="store_true", help="print also what is not read")
    asked = parser.parse_args()
    total, unlisted = Counter[Fate](), 0
    for major in map(int, asked.majors.split(",")):
        begun = time.monotonic()
        fates, others = tried(major, [asked.shape] if asked.shape else list(SHAPES), unread=asked.unread)
        unlisted += others
        total += fates
        print(f"== {major}: {_counted(fates)} in {time.monotonic() - begun:.0f} s")
    print(f"all: {_counted(total)}")
    print(f"listed: {len(DIFFERENCES)}")
    return int(unlisted > 0)


def tried(major: int, shapes: list[str], *, unread: bool) -> tuple[Counter[Fate], int]:
    """What became of the attempts, and how many of the differences are not listed."""
    fates, unlisted = Counter[Fate](), 0
    with embedded.start(major) as server:
        for number, shape in enumerate(shapes):
            dsn = server.create_database(f"shape_{number}")
            with psycopg.connect(dsn, autocommit=True) as conn:
                conn.execute(setup(shape).encode())
            with connect(dsn, repeats=True) as conn:
                for outcome in outcomes(conn, STATEMENTS):
                    fates[outcome.fate] += 1
                    different = outcome.fate is Fate.DIFFERENT
                    unlisted += different and (shape, outcome.tried.sql) not in DIFFERENCES
                    if different or (unread and outcome.fate is Fate.UNREAD):
                        show(major, shape, outcome)
    return fates, unlisted


def show(major: int, shape: str, outcome: Outcome) -> None:
    print(f"{major} {shape} | {outcome.tried.sql} | {outcome.fate.value}")
    for line in outcome.lines:
        print(f"      {line[:300]}")


def _counted(fates: Counter[Fate]) -> str:
    return ", ".join(
        f"{count} {fate.value}" for fate, count in sorted(fates.items(), key=lambda f: f[0].value)
    )


if __name__ == "__main__":
    sys.exit(main())
