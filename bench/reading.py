"""How long a database's catalog is read: python bench/reading.py [--tables 2000] [--major 18]

Each table has nine columns, four indexes and four constraints, and points to the one before it. Asked is a
new session each time, of a catalog that was never analyzed and of the same one analyzed; printed are medians.
"""

import argparse
import statistics
import sys
import time

from schemaguard.postgres import embedded
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.server import MAJORS

TABLE = """
CREATE TABLE t{0} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int NOT NULL DEFAULT 7, b text NOT NULL UNIQUE,
    c int CHECK (c > 0), d timestamptz NOT NULL DEFAULT now(), e text, f numeric(10, 2), g jsonb,
    p bigint REFERENCES t{1}
);
CREATE INDEX ON t{0} (p);
CREATE INDEX ON t{0} (lower(b)) WHERE a > 3;
"""
#: A transaction makes so many, for each takes locks.
AT_ONCE = 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=2000)
    parser.add_argument("--major", type=int, default=MAJORS[-1])
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    settings = {"max_locks_per_transaction": "2048", "autovacuum": "off"}
    with embedded.start(asked.major, settings=settings) as server, connect(server.dsn()) as conn:
        tables = [TABLE.format(number, max(number - 1, 0)) for number in range(asked.tables)]
        for first in range(0, asked.tables, AT_ONCE):
            conn.execute("".join(tables[first : first + AT_ONCE]).encode())
        print(f"PostgreSQL {asked.major}, {asked.tables} tables")
        print(f"never analyzed: {median(server.dsn(), asked.times):.2f} s")
        conn.execute("ANALYZE")
        print(f"analyzed: {median(server.dsn(), asked.times):.2f} s")
    return 0


def median(url: str, times: int) -> float:
    """The seconds that it takes."""
    taken = []
    for _ in range(times):
        with connect(url) as conn:
            begun = time.perf_counter()
            read_schema(conn)
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
