"""How long `lint` takes, as a process: python bench/linting.py [--squawk EXE] [--times 9]

Asked in turns, so that what else the machine does meets all alike: Python that does nothing, one SQL file,
1,000 of them, and one revision of an Alembic project of 500, each anew (--no-cache) and as known; squawk
on the same SQL where it is at hand. One file after a long history is also asked about when it has changed.
Printed are medians, ratios to Python alone, and memory.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

SCHEMAGUARD = (sys.executable, "-m", "schemaguard")
SQL = (
    "CREATE TABLE t{0} (id bigint PRIMARY KEY, name text NOT NULL);",
    "ALTER TABLE t{0} ADD COLUMN c{1} int;",
    "CREATE INDEX CONCURRENTLY ix_{1} ON t{0} (name);",
    "ALTER TABLE t{0} ALTER COLUMN name DROP NOT NULL;",
    "UPDATE t{0} SET name = 'x' WHERE id = 1;",
)
AROUND = "SET lock_timeout = '1s';\n{}\nCOMMENT ON TABLE t{} IS 'x';\n"
REVISION = '''"""change"""

import sqlalchemy as sa
from alembic import op

revision = "{0:04}"
down_revision = {1!r}


def upgrade():
    {2}


def downgrade():
    pass
'''
OPERATIONS = (
    'op.create_table("t{0}", sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))',
    'op.add_column("t{0}", sa.Column("c{1}", sa.Integer))',
    'op.create_index("ix_{1}", "t{0}", ["name"])',
    'op.alter_column("t{0}", "name", nullable=True)',
    "op.execute(\"UPDATE t{0} SET name = 'x' WHERE id = 1\")",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--squawk", default=shutil.which("squawk"))
    parser.add_argument("--times", type=int, default=9)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        write_sql(root / "one", 1)
        write_sql(root / "sql", 1000)
        write_sql(root / "changed", 1000)
        write_revisions(root / "alembic", 500)
        os.environ["SCHEMAGUARD_CACHE_DIR"] = str(root / "cache")
        # Compiled once, as after any installation.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        one, last = "one/0000_change.sql", "alembic/versions/0499_change.py"
        files = [str(file.relative_to(root)) for file in sorted((root / "sql").iterdir())]
        questions: dict[str, Sequence[str]] = {
            "python -c pass": (sys.executable, "-c", "pass"),
            "schemaguard --help": (*SCHEMAGUARD, "--help"),
            "1 SQL file, anew": (*SCHEMAGUARD, "lint", "--no-cache", one),
            "1 SQL file, known": (*SCHEMAGUARD, "lint", one),
            "1 SQL file after 999, anew": (*SCHEMAGUARD, "lint", "--no-cache", files[-1]),
            "1 SQL file after 999, changed": (*SCHEMAGUARD, "lint", files[-1].replace("sql", "changed", 1)),
            "1,000 SQL files, anew": (*SCHEMAGUARD, "lint", "--no-cache", "sql"),
            "1,000 SQL files, known": (*SCHEMAGUARD, "lint", "sql"),
            "1 revision after 499, anew": (*SCHEMAGUARD, "lint", "--no-cache", last),
            "1 revision after 499, known": (*SCHEMAGUARD, "lint", last),
            "500 revisions": (*SCHEMAGUARD, "lint", "alembic"),
        }
        if asked.squawk:
            questions["squawk, 1 SQL file"] = (asked.squawk, one)
            questions["squawk, 1,000 SQL files"] = (asked.squawk, *files)
        show(root, questions, asked.times)
    return 0


def show(root: Path, questions: dict[str, Sequence[str]], times: int) -> None:
    taken: dict[str, list[float]] = {name: [] for name in questions}
    memory = dict.fromkeys(questions, 0)
    for turn in range(times + 1):
        for name, command in questions.items():
            if name.endswith("changed"):
                with (root / command[-1]).open("a") as file:
                    file.write("-- once more\n")
            seconds, kilobytes = measured(command, root)
            memory[name] = max(memory[name], kilobytes)
            if turn:  # The first fills caches.
                taken[name].append(seconds)
    base = statistics.median(taken["python -c pass"])
    print("| | median | to Python alone | memory |\n|---|---:|---:|---:|")
    for name, seconds in taken.items():
        median = statistics.median(seconds)
        print(f"| {name} | {median * 1000:.0f} ms | {median / base:.1f} | {memory[name] // 1024} MB |")


def measured(command: Sequence[str], cwd: Path) -> tuple[float, int]:
    """Seconds, and the most memory that it and its children had, in kilobytes."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), command
    return time.perf_counter() - begun, usage.ru_maxrss


def write_sql(place: Path, count: int) -> None:
    def text(number: int) -> str:
        table = number - number % len(SQL)
        return AROUND.format(SQL[number % len(SQL)].format(table, number), table)

    write(place, count, text, "sql")


def write_revisions(place: Path, count: int) -> None:
    def text(number: int) -> str:
        operation = OPERATIONS[number % len(OPERATIONS)]
        table = number - number % len(OPERATIONS)
        before = f"{number - 1:04}" if number else None
        return REVISION.format(number, before, operation.format(table, number))

    write(place / "versions", count, text, "py")
    (place / "env.py").touch()
    (place / "alembic.ini").write_text("[alembic]\nscript_location = .\n")


def write(place: Path, count: int, text: Callable[[int], str], suffix: str) -> None:
    place.mkdir(parents=True)
    for number in range(count):
        (place / f"{number:04}_change.{suffix}").write_text(text(number))


if __name__ == "__main__":
    sys.exit(main())
