"""The house of the tests: databases are fresh, versions are as asked for, no test is left out in silence."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from pytest_postgresql import factories

from schemaguard.postgres.embedded import Server
from schemaguard.postgres.shadow_databases import shadow_database
from tests.servers import majors

ROOT = Path(__file__).parent.parent
ONE_ASKING_ONE_NOT = (
    "tests/test_servers.py::test_a_database_is_fresh tests/test_servers.py::test_majors_are_numbers"
)


def run_pytest(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run some of these tests in another process, as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *ONE_ASKING_ONE_NOT.split(), *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if "PYTEST" not in name} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_majors_are_numbers() -> None:
    assert all(major in range(14, 20) for major in majors())


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_database_is_fresh(conn: psycopg.Connection, time: str) -> None:
    conn.execute("CREATE TABLE only_here (id int)")

    assert conn.execute("SELECT count(*) FROM only_here").fetchone() == (0,), time


def test_the_server_is_of_the_major_that_was_asked_for(conn: psycopg.Connection, major: int) -> None:
    assert conn.info.server_version // 10_000 == major


@pytest.mark.majors
def test_a_marked_test_runs_on_each_major(server: Server, request: pytest.FixtureRequest) -> None:
    assert f"pg{server.major}" in request.node.name


@pytest.mark.majors
def test_a_shadow_database_goes_though_a_session_stays_on_it(server: Server) -> None:
    with shadow_database(server) as name:
        stays = psycopg.connect(server.dsn(name), autocommit=True)

    with pytest.raises(psycopg.OperationalError, match="terminating connection"):
        stays.execute("SELECT 1")
    stays.close()


def test_a_script_is_run_once_for_all_databases_made_from_it(database_with: Callable[[str], str]) -> None:
    script = "CREATE TABLE made AS SELECT clock_timestamp() AS at"
    with psycopg.connect(database_with(script)) as one, psycopg.connect(database_with(script)) as other:
        when = [connection.execute("TABLE made").fetchone() for connection in (one, other)]

        assert one.info.dbname != other.info.dbname
    assert when[0] == when[1]


@pytest.mark.parametrize("processes", ["0", "2"])
def test_without_postgres_the_last_line_says_how_many_tests_did_not_run(processes: str) -> None:
    ran = run_pytest("--without-postgres", "-n", processes)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout
    assert ran.stdout.splitlines()[-1].startswith("2 tests did not run")


def test_with_no_server_the_run_fails() -> None:
    ran = run_pytest(SCHEMAGUARD_TEST_MAJORS="14,99")

    assert ran.returncode == 4
    assert "no PostgreSQL" in ran.stderr
    assert "--without-postgres" in ran.stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """What pytest-postgresql wants to know of a server that it did not start."""

    host: str
    port: int = 5432
    user: str = "postgres"
    password: str = ""
    options: str = ""
    maintenance_dbname: str = "postgres"
    template_dbname: str = "template1"


@pytest.fixture(scope="session")
def embedded_server(server: Server) -> Embedded:
    return Embedded(host=str(server.socket))


postgresql_on_ours = factories.postgresql_noproc(depends_on="embedded_server", dbname="plugin")
postgresql = factories.postgresql("postgresql_on_ours")


def test_pytest_postgresql_works_on_our_server(postgresql: psycopg.Connection, server: Server) -> None:
    postgresql.execute("CREATE TABLE t (id int)")

    assert postgresql.info.host == str(server.socket)
    assert postgresql.info.dbname.startswith("plugin")
