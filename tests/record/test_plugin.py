"""pytest --schemaguard-record: the hooks from within pytest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemaguard.compat.workload import read_workload
from schemaguard.postgres.embedded import Server

#: SQLAlchemy 2 knows psycopg 3.
pytestmark = pytest.mark.newer

SRC = Path(__file__).parents[2] / "src"
CONFTEST = """
import os, psycopg
from sqlalchemy import create_engine
# Drivers and engine are there before the plugin is asked.
engine = create_engine(os.environ["TEST_URL"].replace("postgresql:", "postgresql+psycopg:"))
"""
TESTS = """
import os, subprocess, sys
import psycopg, pytest
from sqlalchemy import text
from conftest import engine

@pytest.mark.parametrize("n", [1, 2])
def test_direct(n):
    with psycopg.connect(os.environ["TEST_URL"]) as conn:
        conn.execute(f"SELECT {n} FROM pg_stat_activity WHERE pid = %s", [5])

def test_engine():
    with engine.begin() as conn:
        conn.execute(text("SELECT 3 FROM pg_stat_activity WHERE pid = :pid"), {"pid": 5})

def test_child():
    program = "import os, psycopg; psycopg.connect(os.environ['TEST_URL']).execute('SELECT 4 FROM pg_locks')"
    subprocess.run([sys.executable, "-c", program], check=True)
"""


@pytest.fixture
def project(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TEST_URL", server.url("postgres"))
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    # As it is installed.
    installed = tmp_path / "site" / "plugin-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1\n")
    (installed / "entry_points.txt").write_text(
        "[pytest11]\nschemaguard-record = schemaguard.record.plugin\n"
    )
    return tmp_path


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(SRC), str(project / "site")])
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *words],
        cwd=project,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "xdist"])
def test_what_the_tests_send_is_recorded(project: Path, workers: tuple[str, ...]) -> None:
    done = run(
        project, "--schemaguard-record", "w", "--schemaguard-version=7", "--schemaguard-role=me", *workers
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "schemaguard: 4 statements recorded in w" in done.stdout
    workload = read_workload(project / "w")
    assert (workload.version, workload.role) == ("7", "me")
    assert sorted(statement.sql for statement in workload.statements) == [
        "SELECT 1 FROM pg_stat_activity WHERE pid = $1",
        "SELECT 2 FROM pg_stat_activity WHERE pid = $1",
        "SELECT 3 FROM pg_stat_activity WHERE pid = $1",
        "SELECT 4 FROM pg_locks",
    ]
    assert {statement.name for statement in workload.statements if "pg_locks" not in statement.sql} == {
        "test_it.test_direct",
        "test_it.test_engine",
    }


def test_without_the_option_nothing_is_imported(project: Path) -> None:
    (project / "test_it.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    ours = {name for name in sys.modules if name.startswith('schemaguard')}\n"
        "    assert ours == {'schemaguard', 'schemaguard.record', 'schemaguard.record.plugin'}\n"
    )
    (project / "conftest.py").unlink()

    done = run(project)

    assert done.returncode == 0, done.stdout


def test_a_failing_run_and_one_that_sends_nothing_record_nothing(project: Path) -> None:
    (project / "test_it.py").write_text("def test_it():\n    assert False\n")
    failed = run(project, "--schemaguard-record", "w")
    (project / "test_it.py").write_text("def test_it():\n    pass\n")
    silent = run(project, "--schemaguard-record", "w")

    assert (failed.returncode, silent.returncode) == (1, 1)
    assert "nothing is recorded" in failed.stdout
    assert "sent no statement" in silent.stdout
    assert not (project / "w").exists()


def test_a_directory_with_something_else_in_it_is_refused(project: Path) -> None:
    done = run(project, "--schemaguard-record", "site")

    assert done.returncode == 4
    assert "something else in it" in done.stderr
