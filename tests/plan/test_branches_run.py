"""Alembic runs split revisions on two branches: no expand waits for an earlier contract."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard.postgres.embedded import Server
from tests.plan.branched import RELEASES, ROWS, Branched
from tests.plan.test_written import bad
from tests.plan.walking import rows, run, shape

pytestmark = pytest.mark.newer  # SQLAlchemy 1.4 does not know psycopg 3

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
@pytest.mark.variations
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

    assert rows(split, VERSIONS) == [("0004_backfill",)]
    project.alembic(url_of(split), "downgrade", "0001")
    assert rows(split, VERSIONS) == [("0001",)]
    project.alembic(url_of(split), "upgrade", "expand@head")
    project.alembic(url_of(split), "upgrade", "contract@head")

    assert shape(split) == shape(whole)
    for query in ALL_ROWS:
        assert rows(split, query) == rows(whole, query)
    assert bad(project.versions.glob("000[2-4]*.py")) == []


def test_a_database_of_development_gets_all_of_it_at_once_with_its_rows(
    project: Branched, tmp_path: Path, database_with: Callable[[str], str], url_of: Callable[[str], str]
) -> None:
    naive, follows = Branched(tmp_path / "naive"), "0001"
    for name in RELEASES:
        naive.write(name, follows, RELEASES[name])
        project.release(name, follows)
        follows = name
    split, whole = database_with("SELECT 1"), database_with("SELECT 2")
    for one, database in ((project, split), (naive, whole)):
        one.alembic(url_of(database), "upgrade", "0001")
        run(database, ROWS)

    project.alembic(url_of(split), "upgrade", "heads")
    naive.alembic(url_of(whole), "upgrade", "head")

    assert shape(split) == shape(whole)
    for query in ALL_ROWS:
        assert rows(split, query) == rows(whole, query)


def test_a_backfill_that_was_stopped_goes_on_with_what_is_left(
    project: Branched, database: str, url_of: Callable[[str], str]
) -> None:
    project.alembic(url_of(database), "upgrade", "head")
    run(database, ROWS)
    project.write("0002", "0001", "pass")
    project.release("0003", "0002")
    project.alembic(url_of(database), "upgrade", "0003_expand")
    run(database, "ALTER TABLE orders ADD CONSTRAINT stop CHECK (id <> 2499 OR currency IS NULL) NOT VALID")
    left = "SELECT count(*) FROM orders WHERE currency IS NULL"

    with pytest.raises(AssertionError, match="violates check constraint"):
        project.alembic(url_of(database), "upgrade", "expand@head")
    assert rows(database, left) == [(250,)]
    run(database, "ALTER TABLE orders DROP CONSTRAINT stop")
    project.alembic(url_of(database), "upgrade", "expand@head")

    assert rows(database, left) == [(0,)]
    assert rows(database, VERSIONS) == [("0003_backfill",)]


def test_what_only_expands_or_only_drops_keeps_its_place_between_the_others(
    project: Branched, database_with: Callable[[str], str], url_of: Callable[[str], str]
) -> None:
    project.release("0002", "0001")
    project.release("0003", "0002", 'op.add_column("item", sa.Column("box", sa.Text()))')
    project.release("0004", "0003", 'op.drop_table("orders")')
    project.release("0005", "0004", 'op.execute("INSERT INTO item (id, kg) VALUES (99, 1)")')
    project.release("0006", "0005", 'op.alter_column("item", "box", new_column_name="carton")')
    (project.root / "schemaguard.toml").write_text('alembic_contracted = "0004"\n')
    project.release("0007", "0006", 'op.add_column("customer", sa.Column("nick", sa.Text()))')
    # Not split yet, it rests on what has been expanded.
    project.write("0008", "0007", """op.execute("ALTER TABLE customer ALTER nick SET DEFAULT 'n'")""")
    step_by_step, at_once = database_with("SELECT 1"), database_with("SELECT 2")
    project.alembic(url_of(step_by_step), "upgrade", "0001")
    run(step_by_step, ROWS)

    project.alembic(url_of(step_by_step), "upgrade", "0006_expand")
    assert rows(step_by_step, VERSIONS) == [("0006_expand",)]
    assert rows(step_by_step, "SELECT max(id), count(carton) FROM item") == [(99, 0)]
    project.alembic(url_of(step_by_step), "upgrade", "expand@head")
    assert rows(step_by_step, "SELECT to_regclass('orders') IS NULL") == [(True,)]
    project.alembic(url_of(step_by_step), "upgrade", "heads")
    project.alembic(url_of(at_once), "upgrade", "heads")

    assert shape(step_by_step) == shape(at_once)
    names = {path.stem: path.read_text() for path in project.versions.glob("000[345]_*.py")}
    assert sorted(names) == [
        *("0003_contract", "0003_expand", "0004_contract"),
        *("0005_backfill", "0005_contract"),
    ]
    assert 'depends_on = "0003_expand"' in names["0004_contract"]
    assert 'down_revision = "0003_expand"' in names["0005_backfill"]
    assert "The next migration follows this one" in names["0003_contract"]
