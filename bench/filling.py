"""How fast rows are filled, and who feels it: python bench/filling.py [--only PART...] [--rows 1000000]

Side by side, in one run, on a server that syncs each commit:

alone      rows a second of a backfill where nobody else is at work, of batches of a plain UPDATE on the table
           as it was, and on the table with its trigger; and of a table so many times as large
workers    the same backfill by one session, two and four
beside     the 99th percentile of a program with 400 statements a second, half of them writes: without a
           backfill and beside one, in turns
memory     of the process that applies all of this, at its most
"""

import argparse
import resource
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg

from bench.stalls import DURABLE, GIVEN, RENAME, apply, made, working
from schemaguard.phase import Phase
from schemaguard.postgres import embedded, runner
from schemaguard.postgres.connect import connect
from schemaguard.postgres.pace import Effort
from tests.plan.walking import Case, nothing, plan_of

PLAN = plan_of(Case(given=GIVEN, sql=RENAME))
#: Rows of a batch of a plain UPDATE: the fastest of them counts.
SIZES = (5_000, 20_000, 100_000)
TURNS = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--major", type=int, default=18)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=10)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args()
    with embedded.start(asked.major, settings=DURABLE, in_memory=False) as server:
        for part in asked.only:
            PARTS[part](server, asked)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory: {peak:.0f} MB at the most")
    return 0


def alone(server: embedded.Server, asked: argparse.Namespace) -> None:
    rows = asked.rows
    found: dict[str, list[float]] = {"ours": [], "plain": [], "plain with the trigger": []}
    for size in SIZES:
        found["ours"].append(filled(expanded(server, rows), rows))
        found["plain"].append(batches(made(server, rows), rows, size))
        found["plain with the trigger"].append(batches(expanded(server, rows), rows, size))
        print(*(f"alone, {name}: {rates[-1]:,.0f} rows/s" for name, rates in found.items()), sep="; ")
    ours = statistics.median(found["ours"])
    print(f"alone, of the fastest plain batches: {ours / max(found['plain']):.0%}")
    print(f"alone, of the fastest with the trigger: {ours / max(found['plain with the trigger']):.0%}")


def workers(server: embedded.Server, asked: argparse.Namespace) -> None:
    for many in (1, 2, 4):
        rate = filled(expanded(server, asked.rows), asked.rows, many)
        print(f"by {many} sessions: {rate:,.0f} rows/s")


def large(server: embedded.Server, asked: argparse.Namespace) -> None:
    rows, times = asked.rows, asked.large
    small = statistics.median(filled(expanded(server, rows), rows) for _ in range(3))
    large = filled(expanded(server, rows * times), rows * times)
    print(f"{rows:,} rows: {small:,.0f} rows/s; {rows * times:,}: {large:,.0f}: {large / small - 1:+.0%}")


def beside(server: embedded.Server, asked: argparse.Namespace) -> None:
    rows = asked.rows
    without, with_it, rates = [], [], []
    for _ in range(TURNS):
        url = expanded(server, rows)
        with working(url, "old", rows) as felt:
            time.sleep(10)
        without.append(felt().p99)
        begun = time.monotonic()
        with working(url, "old", rows) as felt:
            apply(url, PLAN, Phase.BACKFILL)
            took = time.monotonic() - begun
        with_it.append(felt().p99)
        rates.append(rows / took)
        print(f"beside: without {without[-1]:.2f} ms, with it {felt()}, {rates[-1]:,.0f} rows/s")
    before, then = statistics.median(without), statistics.median(with_it)
    print(f"99th percentile: {before:.2f} ms without, {then:.2f} ms with it: {then / before:.2f} times")


def expanded(server: embedded.Server, rows: int) -> str:
    """A database after expand, in which nobody has done anything for a while."""
    url = made(server, rows)
    apply(url, PLAN, Phase.EXPAND)
    time.sleep(1.1)
    return url


def filled(url: str, rows: int, workers: int = 1) -> float:
    """Rows a second, of the whole command."""
    begun = time.monotonic()
    with connect(url) as conn:
        options = runner.Options(effort=Effort(workers=workers))
        runner.apply(conn, PLAN, Phase.BACKFILL, watch=nothing, options=options)
    return rows / (time.monotonic() - begun)


def batches(url: str, rows: int, size: int) -> float:
    """Rows a second."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("ALTER TABLE item ADD COLUMN IF NOT EXISTS label text")
        begun = time.monotonic()
        for first in range(1, rows + 1, size):
            conn.execute(
                "UPDATE item SET label = name WHERE id >= %s AND id < %s AND label IS DISTINCT FROM name",
                (first, first + size),
            )
        return rows / (time.monotonic() - begun)


PARTS = {"alone": alone, "workers": workers, "beside": beside, "large": large}

if __name__ == "__main__":
    sys.exit(main())
