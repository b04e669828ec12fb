"""How long `check` takes: python bench/checking.py [--tables 300] [--statements 1000] [--states 10]

Tables that point to each other, statements of five kinds on all of them, half the baseline's and half the
canary's, and a release that adds a column to one table after the other. Printed are seconds, memory, and
the cells by their verdicts; then the same with half of the statements, and with half of the states. At first
the same is asked twice, of a new server each time, as the command does, and then with one migration more.
"""

import argparse
import os
import resource
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from schemaguard.compat.cells import Participant, Side
from schemaguard.compat.workload import Workload, query
from schemaguard.postgres import embedded
from schemaguard.postgres.embedded import Server
from schemaguard.verify import check_naive

KINDS = (
    "SELECT id, name, n FROM t{0} WHERE id = $1",
    "INSERT INTO t{0} (name, mail) VALUES ($1, $2) RETURNING id",
    "UPDATE t{0} SET n = $1 WHERE id = $2",
    "SELECT a.id, b.name FROM t{0} a JOIN t{1} b ON b.id = a.other WHERE a.n > $1",
    "DELETE FROM t{0} WHERE id = $1",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=300)
    parser.add_argument("--statements", type=int, default=1000)
    parser.add_argument("--states", type=int, default=10)
    asked = parser.parse_args()
    with TemporaryDirectory() as kept:
        os.environ["SCHEMAGUARD_CACHE_DIR"] = kept
        for told, states in (("", 0), (", again", 0), (", one migration more", 1)):
            again(told, asked.tables, asked.statements, asked.states + states)
    with embedded.start() as server:
        run(server, asked.tables, asked.statements, asked.states)
        run(server, asked.tables, asked.statements // 2, asked.states)
        run(server, asked.tables, asked.statements, asked.states // 2)
    return 0


def again(told: str, tables: int, statements: int, states: int) -> None:
    begun = time.monotonic()
    with embedded.start() as server:
        run(server, tables, statements, states, anew=False)
    print(f"with the server's start{told}: {time.monotonic() - begun:.1f} s")


def run(server: Server, tables: int, statements: int, states: int, *, anew: bool = True) -> None:
    participants = [Participant(side, workload(side.value, tables, statements // 2)) for side in Side]
    steps = [f"ALTER TABLE t{number} ADD COLUMN extra int" for number in range(states - 1)]
    begun = time.monotonic()
    matrix = check_naive(steps, schema(tables), participants, server, anew=anew)
    taken = time.monotonic() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = Counter(type(cell.verdict).__name__ for cell in matrix.cells)
    size = f"{tables} tables, {statements} statements, {states} states"
    print(f"{size}: {taken:.1f} s, {memory} MB so far, {dict(told)}")


def schema(tables: int) -> str:
    return "".join(
        f"CREATE TABLE t{number} (id bigserial PRIMARY KEY, name text NOT NULL, mail text UNIQUE, n int, "
        f"other bigint {f'REFERENCES t{number - 1}' if number % 3 else ''}, at timestamptz DEFAULT now());\n"
        for number in range(tables)
    )


def workload(version: str, tables: int, count: int) -> Workload:
    queries = (
        query(KINDS[(n // tables + n) % len(KINDS)].format(n % tables, (n + 1) % tables), f"statement {n}")
        for n in range(count)
    )
    return Workload(version=version, driver="psycopg 3", statements=tuple(queries))


if __name__ == "__main__":
    sys.exit(main())
