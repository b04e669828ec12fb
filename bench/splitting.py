"""What a split release costs, side by side: python bench/splitting.py [--major 18] [--rows 1000000]

proof      seconds of `schemaguard split` of one migration, its proof included
fifty      the same of fifty Alembic revisions as one release
not null   bytes of WAL of SET NOT NULL by its contract, and by the statements that one writes by hand
triggers   statements a second with the trigger that keeps columns in step, and without it, in turns:
           of writes that touch none of its columns, and of writes that do; as transactions that are
           on the disk when they end, and as statements over many rows that nothing else holds up
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg

from schemaguard.phase import Phase
from schemaguard.postgres import embedded, journal, runner
from schemaguard.postgres.connect import connect
from tests.plan.branched import Branched
from tests.plan.walking import Case, apply, nothing, plan_of

ITEM = (
    "CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL, note text, hits int NOT NULL DEFAULT 0);"
)
RENAME = "ALTER TABLE item RENAME COLUMN name TO label;"
BY_HAND = (
    "ALTER TABLE item ADD CONSTRAINT present CHECK (note IS NOT NULL) NOT VALID",
    "ALTER TABLE item VALIDATE CONSTRAINT present",
    "ALTER TABLE item ALTER COLUMN note SET NOT NULL",
    "ALTER TABLE item DROP CONSTRAINT present",
)
#: Pairs of runs, one with and one without.
PAIRS = 20
STATEMENTS = 400
ROWS = 2000
#: As a server is set up that may lose nothing; the embedded ones need not.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_wal_size": "1GB"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--major", type=int, default=18)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    proof(asked.major)
    fifty(asked.major)
    with embedded.start(asked.major) as server:
        not_null(server, asked.rows)
    with embedded.start(asked.major, settings=DURABLE, in_memory=False) as server:
        triggers(server)
    return 0


def proof(major: int) -> None:
    """Whole processes, as people start them."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "0001.sql").write_text(ITEM)
        (Path(folder) / "0002.sql").write_text(RENAME)
        command = [sys.executable, "-m", "schemaguard", "split", f"{folder}/0002.sql", "--pg", str(major)]
        for words in ([], ["--unproved"]):
            taken = [seconds([*command, *words]) for _ in range(3)]
            print(f"split {' '.join(words) or 'with its proof'}: {statistics.median(taken):.2f} s")


def fifty(major: int) -> None:
    """A column renamed, a column added: of twenty-five tables each."""
    with tempfile.TemporaryDirectory() as folder:
        project = Branched(Path(folder) / "project")
        (project.versions / "0001.py").unlink()
        made = (f"CREATE TABLE t{n} (id int PRIMARY KEY, a text, b int)" for n in range(25))
        project.write("0001", None, "\n".join(f'op.execute("{one}")' for one in made))
        paths = []
        for n in range(50):
            change = (
                'op.alter_column("t{}", "a", new_column_name="c")',
                'op.add_column("t{}", sa.Column("d", sa.Integer(), server_default="0", nullable=False))',
            )[n % 2].format(n // 2)
            paths.append(str(project.write(f"{n + 2:04}", f"{n + 1:04}", change)))
        command = [sys.executable, "-m", "schemaguard", "split", *paths, "--pg", str(major)]
        print(f"split of {len(paths)} revisions with their proof: {seconds(command):.1f} s")


def seconds(command: Sequence[str]) -> float:
    begun = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - begun


def not_null(server: embedded.Server, rows: int) -> None:
    # What else the server writes now and then comes into one of the runs: the least counts.
    by_plan, hand = map(min, zip(*(_not_null(server, rows, number) for number in range(3)), strict=True))
    print(f"SET NOT NULL of {rows:,} rows: {by_plan:,} bytes of WAL by its plan, {hand:,} by hand")


def _not_null(server: embedded.Server, rows: int, number: int) -> tuple[int, int]:
    """By its plan, and by hand."""
    plan = plan_of(Case(given=ITEM, sql="ALTER TABLE item ALTER COLUMN note SET NOT NULL;"))
    names = [f"{name}_{number}" for name in ("plan", "hand")]
    for name in names:
        with psycopg.connect(server.create_database(name), autocommit=True) as conn:
            conn.execute(ITEM)
            conn.execute(f"INSERT INTO item SELECT n, 'n', 'x' FROM generate_series(1, {rows}) n")
            conn.execute("CHECKPOINT")
    with_plan, with_hand = map(server.dsn, names)
    apply(with_plan, plan, Phase.EXPAND, Phase.BACKFILL)
    with connect(with_plan) as conn:
        # What deployments write down is theirs, and not the contract's.
        journal.deploy(conn, "1", "shop-1", (plan.release,))
        by_plan = wal(server, lambda: runner.apply(conn, plan, Phase.CONTRACT, watch=nothing))
    return by_plan, wal(server, lambda: by_hand(with_hand))


def by_hand(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in BY_HAND:
            conn.execute(statement)


def wal(server: embedded.Server, run: Callable[[], None]) -> int:
    """How many bytes of WAL the server writes meanwhile."""
    before = position(server)
    run()
    return position(server) - before


def position(server: embedded.Server) -> int:
    with psycopg.connect(server.dsn(), autocommit=True) as conn:
        row = conn.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").fetchone()
        return int(row[0])


def triggers(server: embedded.Server) -> None:
    """Two tables alike but for the trigger, and one session: so both meet the same processor and disk."""
    url = server.create_database("triggers")
    plan = plan_of(Case(given=ITEM, sql=RENAME))
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(ITEM)
        conn.execute(f"INSERT INTO item SELECT n, 'n' || n FROM generate_series(1, {ROWS}) n")
        apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
        conn.execute("CREATE TABLE plain (LIKE item INCLUDING ALL)")
        conn.execute("INSERT INTO plain TABLE item")
        for table in ("item", "plain"):
            conn.execute(f"VACUUM FULL ANALYZE {table}")
        for what, change in (
            ("touch none of its columns", "hits = hits + 1"),
            ("touch them", "name = md5(name)"),
        ):
            # The first pair only warms up.
            single = [single_rows(conn, change) for _ in range(1 + PAIRS)][1:]
            print(f"writes that {what}: {interval(single)}")
            many = [many_rows(conn, change) for _ in range(1 + PAIRS)][1:]
            print(f"  the same of {ROWS:,} rows a statement: {interval(many)}")


def interval(ratios: Sequence[float]) -> str:
    middle = statistics.mean(ratios) - 1
    margin = 1.96 * statistics.stdev(ratios) / len(ratios) ** 0.5
    return (
        f"{middle:+.1%} throughput, 95 % between {middle - margin:+.1%} and {middle + margin:+.1%}"
        f" ({len(ratios)} pairs)"
    )


def single_rows(conn: psycopg.Connection, change: str) -> float:
    """The throughput with the trigger as a part of that without, of a transaction for each row."""
    taken = {"item": 0.0, "plain": 0.0}
    for number in range(STATEMENTS):
        for table in ("item", "plain"):
            begun = time.perf_counter()
            conn.execute(f"UPDATE {table} SET {change} WHERE id = %s", (number % ROWS + 1,))
            taken[table] += time.perf_counter() - begun
    return taken["plain"] / taken["item"]


def many_rows(conn: psycopg.Connection, change: str) -> float:
    """As single_rows, of one statement for all rows."""
    taken = {}
    for table in ("item", "plain"):
        conn.execute(f"VACUUM {table}")
        begun = time.perf_counter()
        conn.execute(f"UPDATE {table} SET {change}")
        taken[table] = time.perf_counter() - begun
    return taken["plain"] / taken["item"]


if __name__ == "__main__":
    sys.exit(main())
