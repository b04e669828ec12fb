"""What an application feels of a migration: python bench/stalls.py [--major 18] [--rows 200000]

A program reads and writes at a steady rate, from a process of its own. Side by side, in one run:

lock       a reader holds the table for ten seconds while a column is added: by ALTER TABLE as it is, by
           ALTER TABLE with lock_timeout = 500 ms until it works, by `apply`, and not at all
rename     a column that the program uses is renamed: as it is, and by all phases with a canary
memory     of the process that applies all of this, at its most
"""

import argparse
import json
import resource
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
from psycopg.conninfo import make_conninfo

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
        url, name, rate = asked.load
        load(url, name, int(rate), asked.rows)
        return 0
    with embedded.start(asked.major, settings=DURABLE, in_memory=False) as server:
        lock(server, asked.rows)
        rename(server, asked.rows)
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

    def __init__(self, url: str, name: str, rows: int, rate: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--rows", str(rows), "--load", url, name, str(rate)],
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
def working(url: str, name: str, rows: int, *, waits: bool = False, rate: int = RATE) -> Iterator[Working]:
    """``waits``: until it is told to begin. ``rate``: statements a second of each session."""
    one = Working(url, name, rows, rate)
    if not waits:
        one.begin()
    yield one
    one.end()


def load(url: str, name: str, rate: int, rows: int) -> None:
    """As a program: reads a line, works until its input ends, and prints what it has felt."""
    sys.stdin.readline()
    stopped = threading.Event()
    times: list[float] = []
    failed: list[str] = []
    statements = OLD if name == "old" else NEW
    url = make_conninfo(url, application_name=name)
    threads = [
        threading.Thread(target=session, args=(url, statements, rows, rate, number, stopped, times, failed))
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
    statements: Sequence[str],
    rows: int,
    rate: int,
    number: int,
    stopped: threading.Event,
    times: list[float],
    failed: list[str],
) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        due = time.monotonic()
        while not stopped.is_set():
            due += 1 / rate
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
