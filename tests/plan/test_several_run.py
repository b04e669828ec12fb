"""Alembic and the runner run several revisions as one release."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard.cli import main
from schemaguard.postgres.embedded import Server
from schemaguard.sources.alembic_project import find_project, read_headers
from tests.plan.branched import ROWS, Branched
from tests.plan.test_branches_run import url_of
from tests.plan.test_several import project, written
from tests.plan.walking import rows, run, shape

__all__ = ["project", "url_of"]

pytestmark = pytest.mark.newer  # SQLAlchemy 1.4 does not know psycopg 3


@pytest.mark.parametrize("layout", ["linear", "branches"])
def test_revisions_of_a_release_become_one_expand_and_one_contract(
    layout: str,
    project: Branched,
    tmp_path: Path,
    server: Server,
    database_with: Callable[[str], str],
    url_of: Callable[[str], str],
) -> None:
    """What is dropped in a later revision is kept in step with what came in an earlier one."""
    naive, originals = Branched(tmp_path / "naive"), written(project)
    written(naive)
    split, whole = database_with("SELECT 1"), database_with("SELECT 2")
    for one, database in ((project, split), (naive, whole)):
        one.alembic(url_of(database), "upgrade", "0001")
        run(database, ROWS)

    command = ["split", *map(str, originals), "--layout", layout, "--shadow-url", server.url()]
    assert main([*command, "--write", str(project.versions)]) == 0
    for original in originals:
        original.unlink()
    project.alembic(url_of(split), "upgrade", "heads")
    naive.alembic(url_of(whole), "upgrade", "head")

    found = find_project(project.root)
    assert found is not None
    assert {header.id for header in read_headers(found)} == {
        "0001", "0004_expand", "0004_backfill", "0004",
    }  # fmt: skip
    assert shape(split) == shape(whole)
    for query in ("SELECT id, email FROM customer ORDER BY 1", "SELECT id, currency FROM orders ORDER BY 1"):
        assert rows(split, query) == rows(whole, query)
    assert rows(split, "SELECT version_num FROM alembic_version") == [("0004",)]


def test_apply_runs_them_as_one(
    project: Branched, database_with: Callable[[str], str], url_of: Callable[[str], str]
) -> None:
    originals, database = written(project), database_with("SELECT 1")
    project.alembic(url_of(database), "upgrade", "0001")
    run(database, ROWS)
    url = url_of(database).replace("+psycopg", "")

    command = ["apply", *map(str, originals), "--database-url", url]
    assert main([*command, "--phase", "expand"]) == 0
    assert main(["apply", "--release", "0004", "--database-url", url, "--phase", "backfill"]) == 0

    assert rows(database, "SELECT count(*) FROM customer WHERE email IS DISTINCT FROM mail") == [(0,)]
    assert rows(database, "SELECT version_num FROM alembic_version") == [("0001",)]
