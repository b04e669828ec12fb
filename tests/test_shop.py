"""The web shop that the demo migrates: each release works on its schema, and not on the other's."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from schemaguard.postgres.embedded import Server

SHOP = Path(__file__).parent.parent / "fixtures" / "shop"
RELEASES = ("baseline", "canary")
LAST_SHARED_REVISION = "0015"
#: What differs between the two; everything else is the same file twice.
CHANGED = {
    "pyproject.toml",
    "migrations/versions/0016_tidy_customers.py",
    "shop/check.py",
    "shop/errors.py",
    "shop/mix.py",
    "shop/models.py",
    "shop/repository/catalogue.py",
    "shop/repository/customers.py",
    "shop/repository/orders.py",
    "shop/repository/reports.py",
    "shop/seed.py",
    "shop/web.py",
    "tests/conftest.py",
    "tests/test_catalogue.py",
    "tests/test_customers.py",
    "tests/test_web.py",
}
#: What PostgreSQL says about every column, constraint and index; oids and the order of columns are left out.
CATALOG = """
    SELECT table_name::text, column_name::text, format('%s %s %s', data_type, is_nullable, column_default)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT tablename::text, indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """One release and one database."""

    release: str
    url: str

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=SHOP / self.release,
            env=os.environ | {"SHOP_DATABASE_URL": self.url, "PYTHONPATH": str(SHOP / self.release)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def alembic(self, direction: str, revision: str) -> None:
        self.run("alembic", direction, revision)

    def seed(self, customers: int = 400) -> None:
        self.run("shop.seed", "--database-url", self.url, "--customers", str(customers))

    def seen(self) -> Mapping[str, tuple[str, str]]:
        rows = json.loads(self.run("shop.check", "--database-url", self.url).stdout)
        return {customer: (mail, name) for customer, (mail, name) in rows.items()}

    def traffic(self, seconds: float = 2) -> Mapping[str, object]:
        done = self.run(
            *("shop.traffic", "--database-url", self.url, "--seconds", str(seconds)),
            *("--rate", "200", "--application-name", f"shop-{self.release}"),
        )
        last: Mapping[str, object] = json.loads(done.stdout.splitlines()[-1])
        assert last["final"] is True
        return last

    def catalog(self) -> list[tuple[str, str, str]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(CATALOG).fetchall()


@pytest.fixture
def shop(server: Server, database: str) -> Callable[[str], Shop]:
    """Any release, always on the same fresh and empty database."""
    url = server.url(str(conninfo_to_dict(database)["dbname"]))
    return lambda release: Shop(release, url)


@pytest.fixture(scope="session")
def templates(server: Server) -> Mapping[str, str]:
    """A migrated and filled database of each release, by name."""
    for release in RELEASES:
        server.create_database(f"shop_{release}")
        own = Shop(release, server.url(f"shop_{release}"))
        own.alembic("upgrade", "head")
        own.seed()
    return {release: f"shop_{release}" for release in RELEASES}


@pytest.fixture
def filled(server: Server, templates: Mapping[str, str]) -> Callable[[str], Shop]:
    """A release on a copy of its database, with 400 customers."""

    def copy(release: str) -> Shop:
        name = f"shop_{uuid4().hex}"
        server.create_database(name, templates[release])
        return Shop(release, server.url(name))

    return copy


def files(release: str) -> Mapping[str, bytes]:
    root = SHOP / release
    kept = (path for path in root.rglob("*") if path.is_file() and not path.parent.name.startswith("."))
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in kept
        if path.suffix in {".py", ".ini", ".toml", ".mako"}
    }


def test_the_releases_differ_only_where_they_should() -> None:
    baseline, canary = files("baseline"), files("canary")

    differing = {name for name in baseline.keys() | canary if baseline.get(name) != canary.get(name)}

    assert differing == CHANGED


@pytest.mark.parametrize("release", RELEASES)
def test_the_history_goes_up_and_down_and_up_again(shop: Callable[[str], Shop], release: str) -> None:
    own = shop(release)
    own.alembic("upgrade", "head")
    made = own.catalog()

    own.alembic("downgrade", "base")
    assert {table for table, _, _ in own.catalog()} == {"alembic_version"}
    own.alembic("upgrade", "head")

    assert own.catalog() == made


@pytest.mark.parametrize("release", RELEASES)
def test_the_models_are_what_the_history_makes(filled: Callable[[str], Shop], release: str) -> None:
    assert "No new upgrade operations detected" in filled(release).run("alembic", "check").stdout


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_passes_its_own_tests(filled: Callable[[str], Shop], release: str) -> None:
    done = filled(release).run("pytest", "tests", "-q", "-p", "no:cacheprovider")

    assert " passed" in done.stdout


def test_a_releases_tests_need_no_rows_of_others(shop: Callable[[str], Shop]) -> None:
    own = shop("canary")
    own.alembic("upgrade", "head")

    assert " passed" in own.run("pytest", "tests", "-q", "-p", "no:cacheprovider").stdout


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_serves_its_visitors(filled: Callable[[str], Shop], release: str) -> None:
    last = filled(release).traffic()

    assert last["failed"] == 0, last
    assert isinstance(last["requests"], int)
    assert last["requests"] > 20


def test_the_baseline_fails_after_the_naive_migration(filled: Callable[[str], Shop]) -> None:
    baseline = filled("baseline")
    replace(baseline, release="canary").alembic("upgrade", "head")

    last = baseline.traffic()

    assert isinstance(last["failed"], int)
    assert last["failed"] > 0
    assert isinstance(last["errors"], dict)
    assert set(last["errors"]) <= {"UndefinedColumn", "UndefinedTable"}


def test_the_migration_and_back_keeps_every_customer(filled: Callable[[str], Shop]) -> None:
    baseline = filled("baseline")
    canary = replace(baseline, release="canary")
    before, schema = baseline.seen(), baseline.catalog()

    canary.alembic("upgrade", "head")
    between = canary.seen()
    canary.alembic("downgrade", LAST_SHARED_REVISION)

    assert len(before) == 400
    assert before == between == baseline.seen()
    assert baseline.catalog() == schema


def test_both_releases_seed_the_same_customers(filled: Callable[[str], Shop]) -> None:
    assert filled("baseline").seen() == filled("canary").seen()


def test_only_old_orders_have_no_currency(filled: Callable[[str], Shop]) -> None:
    baseline = filled("baseline")
    unknown = "SELECT count(*) FROM orders WHERE currency IS NULL"
    with psycopg.connect(baseline.url, autocommit=True) as connection:
        before = connection.execute(unknown).fetchone()

        baseline.traffic(seconds=1)

        assert before == (300,)
        assert connection.execute(unknown).fetchone() == before


def test_traffic_ends_well_when_its_parent_is_gone(filled: Callable[[str], Shop]) -> None:
    baseline = filled("baseline")
    command = ["shop.traffic", "--database-url", baseline.url, "--until-stdin-closes", "--rate", "50"]
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=SHOP / "baseline",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as traffic:
        assert traffic.stdout is not None
        first = json.loads(traffic.stdout.readline())

        rest, _ = traffic.communicate(timeout=60)

    assert "final" not in first
    assert json.loads(rest.splitlines()[-1])["final"] is True
    assert traffic.returncode == 0
