"""Alembic runs split revisions on two branches: no expand waits for an earlier contract."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard.postgres.embedded import Server
from tests.plan.branched import RELEASES, ROWS, Branched
from tests.plan.test_written import bad, in_psql
from tests.plan.walking import rows, run, shape

VERSIONS = "SELECT version_num FROM alembic_version ORDER BY 1"
ALL_ROWS = (
    "SELECT id, email, nick FROM customer ORDER BY 1",
    "SELECT id, currency FROM orders ORDER BY 1",
    "SELECT id, grams FROM item ORDER BY 1",
)


@pytest.fixture
def project(tmp_path: Path) -> Branched:
    return Branched(tmp_path / "project")


@pytest.fixture
def url_of(server: Server) -> Callable[[str], str]:
    """The address of a database as SQLAlchemy 2 has it."""

    def url(dsn: str) -> str:
        return server.url(re.findall(r"dbname=(\w+)", dsn)[0]).replace("postgresql:", "postgresql+psycopg:")

    return url


@pytest.mark.majors
def test_three_releases_expand_before_the_first_contract(
    project: Branched, tmp_path: Path, database_with: Callable[[str], str], url_of: Callable[[str], str]
) -> None:
    naive = Branched(tmp_path / "naive")
    split, whole = database_with("SELECT 1"), database_with("SELECT 2")
    follows = "0001"
    naive.alembic(url_of(whole), "upgrade", "head")
    project.alembic(url_of(split), "upgrade", "head")
    for database in (split, whole):
        run(database, ROWS)
    for name in RELEASES:
        naive.write(name, follows, RELEASES[name])
        project.release(name, follows)
        project.alembic(url_of(split), "upgrade", "expand@head")
        follows = name
    naive.alembic(url_of(whole), "upgrade", "head")

    assert rows(split, VERSIONS) == [("0004_expand",)]
    project.alembic(url_of(split), "downgrade", "0003_expand")
    assert rows(split, VERSIONS) == [("0003_expand",)]
    project.alembic(url_of(split), "upgrade", "expand@head")
    for file in sorted((project.root / "written").glob("*.sql")):
        in_psql(split, file)
    project.alembic(url_of(split), "upgrade", "contract@head")

    assert shape(split) == shape(whole)
    for query in ALL_ROWS:
        assert rows(split, query) == rows(whole, query)
    assert bad(project.versions.glob("000[2-4]*.py")) == []


def test_a_new_database_gets_all_of_it_at_once(
    project: Branched, tmp_path: Path, database_with: Callable[[str], str], url_of: Callable[[str], str]
) -> None:
    naive, follows = Branched(tmp_path / "naive"), "0001"
    for name in RELEASES:
        naive.write(name, follows, RELEASES[name])
        project.release(name, follows)
        follows = name
    split, whole = database_with("SELECT 1"), database_with("SELECT 2")

    project.alembic(url_of(split), "upgrade", "heads")
    naive.alembic(url_of(whole), "upgrade", "head")

    assert shape(split) == shape(whole)
