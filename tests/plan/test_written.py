"""Written plans are migrations like others: the linter finds nothing, and Alembic or psql can run them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from schemaguard.commands.linting import lint_paths
from schemaguard.errors import InputError
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.plan.write import write_files
from schemaguard.plan.write_sql import lasting, messages
from schemaguard.plan.write_tools import TOOLS, tool_files
from schemaguard.postgres.connect import connect
from schemaguard.postgres.embedded import Server
from schemaguard.report.plan import render_plan
from schemaguard.rule import Severity
from schemaguard.scripts import pieces_of
from schemaguard.steps import at_once, create_index, ensure
from tests.plan.cases import CASES
from tests.plan.walking import Case, naive, plan_of, rows, run, shape

each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
SHOP = Path(__file__).parents[2] / "fixtures" / "shop"


def bad(paths: Iterable[Path]) -> list[str]:
    found = lint_paths(sorted(paths)).reported
    return [f"{f.rule}: {f.message}" for f in found if f.severity is not Severity.DEPENDS]


def in_psql(url: str, file: Path) -> None:
    """Each statement by itself."""
    with connect(url) as conn:
        for piece in pieces_of(file.read_text()):
            conn.execute(piece.text.encode())


def written_for_psql(plan: Plan, directory: Path, name: str = "r.sql") -> tuple[Path, ...]:
    return write_files(tool_files(plan, Path(name), TOOLS["plain"]), directory)


@each_case
def test_sql_files_lint_clean_and_end_where_the_naive_migration_ends(
    case: Case, tmp_path: Path, database_with: Callable[[str], str]
) -> None:
    unsplit, url = database_with(case.setup), database_with(case.setup)
    plan = plan_of(case)
    run(unsplit, *naive(case), *plan.ends_apart)
    before = tmp_path / "0001_before.sql"
    before.write_text(case.given)

    written = written_for_psql(plan, tmp_path, "0002_release.sql")

    assert bad([before, *written]) == []
    order = [phase.value for phase in Phase]
    for file in sorted(written, key=lambda file: order.index(file.stem.split("_")[-1])):
        in_psql(url, file)
    assert shape(url) == shape(unsplit)
    for query in case.same:
        assert rows(url, query) == rows(unsplit, query), query


def alembic(project: Path, url: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=project,
        env={**os.environ, "SHOP_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def split(project: Path, directory: Path) -> None:
    """What `schemaguard split --write` does, in a process of its own."""
    revision = project / "migrations" / "versions" / "0016_tidy_customers.py"
    command = [sys.executable, "-m", "schemaguard", "split", str(revision), "--write", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The shop's canary with the revisions of its plan in place of the last one."""
    copy = tmp_path / "shop"
    shutil.copytree(SHOP / "canary", copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    split(copy, tmp_path / "written")
    versions = copy / "migrations" / "versions"
    (versions / "0016_tidy_customers.py").unlink()
    for file in (tmp_path / "written").glob("*.py"):
        shutil.copy(file, versions)
    return copy


def test_written_revisions_lint_clean(project: Path) -> None:
    assert bad((project / "migrations" / "versions").glob("0016_*.py")) == []


def test_alembic_runs_the_written_revisions_of_the_shop(project: Path, server: Server, database: str) -> None:
    url = server.url(re.findall(r"dbname=(\w+)", database)[0]).replace("postgresql:", "postgresql+psycopg:")

    filled = "SELECT email, first_name, last_name FROM customer WHERE email = 'a@x'"
    alembic(project, url, "upgrade", "0016_expand")
    run(database, "INSERT INTO customer (mail, name) VALUES ('a@x', 'Ann Lee')")
    alembic(project, url, "downgrade", "0015")
    alembic(project, url, "upgrade", "0016_expand")
    alembic(project, url, "upgrade", "0016_backfill")
    assert rows(database, filled) == [("a@x", "Ann", "Lee")]
    alembic(project, url, "upgrade", "head")

    assert rows(database, filled) == [("a@x", "Ann", "Lee")]
    assert rows(database, "SELECT version_num FROM alembic_version") == [("0016",)]


def test_what_is_there_already_is_not_written_over(tmp_path: Path) -> None:
    plan = plan_of(CASES["split a column"])
    first = written_for_psql(plan, tmp_path)
    assert written_for_psql(plan, tmp_path) == first
    first[0].write_text("-- mine")

    with pytest.raises(InputError, match="is there already"):
        written_for_psql(plan, tmp_path)

    assert first[0].read_text() == "-- mine"


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(InputError, match="cannot be written"):
        written_for_psql(plan_of(CASES["split a column"]), tmp_path / "file")


def test_what_is_sent_apart_comes_after_the_questions_before_it() -> None:
    """An index is built for hours, and what then turns out not to be so was so from the start."""
    asked = ensure("asked", "it is so", Phase.EXPAND, "1 = 1")
    table, index = Relation("public", "t"), Relation("public", "i")
    built = create_index(index, table, "CREATE INDEX CONCURRENTLY i ON t (a)", Phase.EXPAND)
    done = at_once("done", "do it", Phase.EXPAND, ("SELECT 1",), probe="true", locks=(), undo=None)

    first, second, third = messages((asked, built, done))

    assert "it is so" in first.statements[0]
    assert first.comments[0] == "it is so"
    assert second.statements == ("CREATE INDEX CONCURRENTLY i ON t (a)",)
    assert second.comments == (built.title,)
    assert (third.statements[0], third.statements[-1]) == ("BEGIN", "COMMIT")
    assert "it is so" in "".join(third.statements)
    assert lasting((first, second)) == ""
    assert lasting((first, second, third)) == "this cannot be taken back: do it"


def test_people_see_steps_locks_and_what_cannot_be_taken_back() -> None:
    text = render_plan(plan_of(CASES["the shop's release"]), color=False)

    assert "\x1b" not in text
    for part in (
        "EXPAND",
        "BACKFILL",
        "CONTRACT",
        "locks public.customer: ACCESS EXCLUSIVE",
        "in small batches",
        "cannot be taken back",
        "email becomes the last column of its table",
    ):
        assert part in text


def test_a_plan_without_notes_and_steps_is_rendered_too() -> None:
    plan = replace(plan_of(CASES["split a column"]), steps=(), notes=())

    assert render_plan(plan, color=False).startswith("release r1: 0 steps")


def test_where_a_step_has_failed_no_later_transaction_comes_true(
    tmp_path: Path, database_with: Callable[[str], str]
) -> None:
    """As with psql, which goes on after an error unless it is told not to."""
    case = CASES["split a column"]
    url = database_with(case.setup)
    written = {file.stem.split("_")[-1]: file for file in written_for_psql(plan_of(case), tmp_path)}
    in_psql(url, written["expand"])
    in_psql(url, written["backfill"])
    run(url, "SET session_replication_role = replica; UPDATE customer SET name = 'Other One' WHERE id = 2;")
    columns = "SELECT attname FROM pg_attribute WHERE attrelid = 'customer'::regclass AND NOT attisdropped"
    before = rows(url, columns)
    failed = []

    with connect(url) as conn:
        for piece in pieces_of(written["contract"].read_text()):
            try:
                conn.execute(piece.text.encode())
            except psycopg.Error as error:
                failed.append(str(error))

    assert "is what the old columns say" in failed[0] or "are what the old columns say" in failed[0]
    assert rows(url, columns) == before
