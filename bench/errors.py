"""Statements that fail in a release: python bench/errors.py [--major 18] [--runs 10] [--least 100000]

A column is renamed while old code reads and writes it as fast as it can, by expand, backfill and contract,
the new code beside it from the backfill on; and as it is. Each run lasts until there were so many.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg

from bench.stalls import GIVEN, RENAME, apply, made, working
from schemaguard.phase import Phase
from schemaguard.postgres import embedded, journal
from schemaguard.postgres.connect import connect
from tests.plan.walking import Case, plan_of

PLAN = plan_of(Case(given=GIVEN, sql=RENAME))
ROWS = 100_000
#: Statements a second of each session: more than it can do.
RATE = 100_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--major", type=int, default=18)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--least", type=int, default=100_000)
    asked = parser.parse_args()
    wrong = 0
    with embedded.start(asked.major) as server:
        for run in range(asked.runs):
            count, failed = gently(server, asked.least)
            wrong += failed + (count < asked.least)
            print(f"run {run + 1}: by apply {count:,} statements, {failed:,} failed", flush=True)
        count, failed = at_once(server)
        print(f"as it is: {count:,} statements, {failed:,} failed")
    return int(wrong > 0)


def gently(server: embedded.Server, least: int) -> tuple[int, int]:
    """Statements of both versions, and those that failed."""
    url = made(server, ROWS)
    with working(url, "new", ROWS, waits=True, rate=RATE) as new:
        with working(url, "old", ROWS, rate=RATE) as old:
            apply(url, PLAN, Phase.EXPAND)
            new.begin()
            apply(url, PLAN, Phase.BACKFILL)
            until(url, least)
        with connect(url) as conn:
            journal.deploy(conn, "1", "old")
            journal.deploy(conn, "2", "new", (PLAN.release,))
            journal.retire(conn, "1")
        apply(url, PLAN, Phase.CONTRACT)
    return old().count + new().count, old().failed + new().failed


def until(url: str, least: int) -> None:
    """Wait until the server has seen so many transactions, the runner's own being few."""
    with psycopg.connect(url, autocommit=True) as conn:
        asked = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        while conn.execute(asked).fetchall()[0][0] < least * 1.05:
            time.sleep(0.5)


def at_once(server: embedded.Server) -> tuple[int, int]:
    url = made(server, ROWS)
    with working(url, "old", ROWS, rate=RATE) as felt:
        time.sleep(1)
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(RENAME)
        time.sleep(5)
    return felt().count, felt().failed


if __name__ == "__main__":
    sys.exit(main())
