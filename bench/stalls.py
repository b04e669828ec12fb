"""What an application feels of a migration: python bench/stalls.py [--major 18] [--rows 200000]

A program reads and writes at a steady rate, from a process of its own. Side by side, in one run:

lock       a reader holds the table for ten seconds while a column is added: by ALTER TABLE as it is, by
           ALTER TABLE with lock_timeout = 500 ms until it works, by `apply`, and not at all
rename     a column that the program uses is renamed: as it is, and by all phases with a canary
backfill   the program's 99th percentile beside a backfill of the whole table, and without one; rows a second
           of the backfill where nobody else works, and of the fastest batches of a plain UPDATE
memory     of the process that applies a backfill, at its most
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg

from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.postgres import embedded, journal, runner
from schemaguard.postgres.connect import connect
from tests.plan.walking import Case, nothing, plan_of

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_wal_size": "4GB"}
GIVEN = "CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, hits int NOT NULL DEFAULT 0);"
ADD = "ALTER TABLE item ADD COLUMN more int;"
RENAME = "ALTER TABLE item RENAME COLUMN name TO label;"
OLD = (
    "SELECT name, hits FROM item WHERE id = %s",
    "UPDATE item SET hits = hits + 1, name = 'n' WHERE id = %s",
)
NEW = tuple(text.replace("name", "label") for text in OLD)
#: Statements a second, of each of so many sessions.
RATE, SESSIONS = 100, 4
HELD = 10.0


@dataclass(frozen=True, slots=True)
class Felt:
    """Statements, those that failed, and milliseconds from when each was due to its answer."""

    count: int
    failed: int
    worst: float
    p99: float

    def __str__(self) -> str:
        return (
            f"{self.count:7,} statements, {self.failed:6,} failed, worst {self.worst:8,.0f} ms,"
            f" 99th percentile {self.p99:6,.0f} ms"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--major", type=int, default=18)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--load", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.load:
        load(*asked.load, asked.rows)
        return 0
    with embedded.start(asked.major, settings=DURABLE, in_memory=False) as server:
        lock(server, asked.rows)
        rename(server, asked.rows)
        backfill(server, asked.rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory: {peak:.0f} MB at the most, of the process that applied all of this")
    return 0


def lock(server: embedded.Server, rows: int) -> None:
    for name, change in (
        ("nothing is changed", lambda _: None),
        ("ALTER TABLE as it is", alter),
        ("ALTER TABLE, lock_timeout 500 ms", alter_again_and_again),
        ("apply", lambda url: apply(url, plan_of(Case(given=GIVEN, sql=ADD)), Phase.EXPAND)),
    ):
        url = made(server, rows)
        with psycopg.connect(url) as reader, working(url, "old", rows) as felt:
            reader.execute("SELECT count(*) FROM item")
            begun = time.monotonic()
            changing = threading.Thread(target=change, args=(url,))
            changing.start()
            time.sleep(HELD)
            reader.rollback()
            changing.join()
            took = time.monotonic() - begun
        print(f"lock, {name:<34}{felt()}, after {took:.1f} s")


def alter(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(ADD)


def alter_again_and_again(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET lock_timeout = '500ms'")
        while True:
            with suppress(psycopg.errors.LockNotAvailable):
                conn.execute(ADD)
                return
            time.sleep(1)


def rename(server: embedded.Server, rows: int) -> None:
    url = made(server, rows)
    with working(url, "old", rows) as felt:
        time.sleep(1)
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(RENAME)
        time.sleep(5)
    print(f"rename, as it is, and 5 s more:          {felt()}")
    url, plan = made(server, rows), plan_of(Case(given=GIVEN, sql=RENAME))
    with working(url, "new", rows, waits=True) as new:
        with working(url, "old", rows) as old:
            apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
            new.begin()
            time.sleep(3)
        with connect(url) as conn:
            journal.deploy(conn, "1", "old")
            journal.deploy(conn, "2", "new", (plan.release,))
            journal.retire(conn, "1")
        apply(url, plan, Phase.CONTRACT)
    print(f"rename, by apply, the old code:          {old()}")
    print(f"rename, by apply, the new code:          {new()}")


def backfill(server: embedded.Server, rows: int) -> None:
    url = made(server, rows)
    with working(url, "old", rows) as felt:
        time.sleep(8)
    print(f"backfill, none:                          {felt()}")
    plan = plan_of(Case(given=GIVEN, sql=RENAME))
    apply(url, plan, Phase.EXPAND)
    with working(url, "old", rows) as felt:
        apply(url, plan, Phase.BACKFILL)
    print(f"backfill, beside it:                     {felt()}")
    rates = []
    for number in range(3):
        url = made(server, rows)
        apply(url, plan, Phase.EXPAND)
        begun = time.monotonic()
        apply(url, plan, Phase.BACKFILL)
        ours = rows / (time.monotonic() - begun)
        plain = batches(made(server, rows), rows, (1000, 5000, 10_000)[number])
        rates.append((ours, plain))
        print(f"backfill alone: {ours:,.0f} rows/s; batches of a plain UPDATE: {plain:,.0f}")
    ours, plain = statistics.median(o for o, _ in rates), max(p for _, p in rates)
    print(f"backfill alone, of the fastest: {ours / plain:.0%}")


def batches(url: str, rows: int, size: int) -> float:
    """Rows a second."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("ALTER TABLE item ADD COLUMN label text")
        begun = time.monotonic()
        for first in range(1, rows + 1, size):
            conn.execute(
                "UPDATE item SET label = name WHERE id >= %s AND id < %s AND label IS DISTINCT FROM name",
                (first, first + size),
            )
        return rows / (time.monotonic() - begun)


def made(server: embedded.Server, rows: int) -> str:
    url = server.create_database(f"bench_{time.monotonic_ns()}")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(GIVEN)
        conn.execute(f"INSERT INTO item SELECT n, 'n', 0 FROM generate_series(1, {rows}) AS n")
        conn.execute("VACUUM ANALYZE item")
        conn.execute("CHECKPOINT")
    return url


def apply(url: str, plan: Plan, *phases: Phase) -> None:
    for phase in phases:
        with connect(url) as conn:
            runner.apply(conn, plan, phase, watch=nothing)


# The program


class Working:
    """The program, which stops when its input ends; called afterwards it tells what it has felt."""

    def __init__(self, url: str, name: str, rows: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--rows", str(rows), "--load", url, name, "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.felt: Felt | None = None

    def begin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("begin\n")
        self.process.stdin.flush()
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def end(self) -> None:
        out, _ = self.process.communicate()
        self.felt = Felt(*json.loads(out))

    def __call__(self) -> Felt:
        assert self.felt is not None
        return self.felt


@contextmanager
def working(url: str, name: str, rows: int, *, waits: bool = False) -> Iterator[Working]:
    one = Working(url, name, rows)
    if not waits:
        one.begin()
    yield one
    one.end()


def load(url: str, name: str, _: str, rows: int) -> None:
    """As a program: reads a line, works until its input ends, and prints what it has felt."""
    sys.stdin.readline()
    stopped = threading.Event()
    times: list[float] = []
    failed: list[str] = []
    statements = OLD if name == "old" else NEW
    threads = [
        threading.Thread(target=session, args=(url, name, statements, rows, number, stopped, times, failed))
        for number in range(SESSIONS)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    print("working", flush=True)
    sys.stdin.read()
    stopped.set()
    for thread in threads:
        thread.join()
    times.sort()
    print(json.dumps([len(times), len(failed), times[-1] * 1000, times[len(times) * 99 // 100] * 1000]))


def session(
    url: str,
    name: str,
    statements: Sequence[str],
    rows: int,
    number: int,
    stopped: threading.Event,
    times: list[float],
    failed: list[str],
) -> None:
    with psycopg.connect(url, autocommit=True, application_name=name) as conn:
        due = time.monotonic()
        while not stopped.is_set():
            due += 1 / RATE
            time.sleep(max(0.0, due - time.monotonic()))
            number += 7919
            try:
                conn.execute(statements[number % 2].encode(), (number % rows + 1,))
            except psycopg.Error as error:
                failed.append(str(error.sqlstate))
            # Who waits makes those wait who come behind it: their time counts from when they were due.
            times.append(time.monotonic() - due)


if __name__ == "__main__":
    sys.exit(main())
