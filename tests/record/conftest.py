"""What tests of recording share: a program, run in a project of its own beside a database."""

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard.compat.workload import Workload, read_workload
from schemaguard.postgres.embedded import Server
from schemaguard.record.names import Names
from schemaguard.record.run import record_command

Record = Callable[..., Workload]

SCHEMA = "CREATE TABLE t (a int, b text, PRIMARY KEY (a)); CREATE SEQUENCE s;"

HEADER = """
import asyncio, os, psycopg
URL = os.environ["TEST_URL"]
"""


@pytest.fixture
def record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, database_with: Callable[[str], str]
) -> Record:
    """Runs a program, or a command, in a directory with these files, and gives its workload."""
    name = database_with(SCHEMA).split("dbname=")[1].split()[0].strip("'")
    monkeypatch.setenv("TEST_URL", server.url(name))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)

    def run(program: str = "", *command: str, files: dict[str, str] | None = None) -> Workload:
        for path, text in {"program.py": HEADER + textwrap.dedent(program), **(files or {})}.items():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_text(textwrap.dedent(text))
        code = record_command(
            tmp_path / "w",
            Names(version="7", role="shop_app"),
            list(command) or [sys.executable, "program.py"],
        )
        assert code == 0
        return read_workload(tmp_path / "w")

    return run
