"""The story that the demo tells is true: the naive way fails requests, the gentle way none."""

import io
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from schemaguard.demo.story import Story
from schemaguard.postgres.embedded import Server, start
from schemaguard.report.colour import Paint


@pytest.mark.timeout(400)
def test_the_naive_way_fails_requests_and_the_gentle_way_none(tmp_path: Path, server: Server) -> None:
    report = tmp_path / "numbers.json"
    done = subprocess.run(
        [sys.executable, "-m", "schemaguard", "demo", "--pg", str(server.major), "--report", str(report)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    numbers = json.loads(report.read_text())
    assert numbers["lint_exit"] == 1
    assert numbers["naive_requests"] >= 1000
    assert numbers["naive_failed"] > 0
    assert numbers["check_exit"] == 0
    assert numbers["undo_exit"] == 0
    assert 0 < numbers["killed_after_rows"] < 8000
    assert numbers["early_contract_exit"] == 1
    assert "pid" in done.stdout
    assert numbers["contract_exit"] == 0
    assert numbers["requests"] >= 1000
    assert numbers["failed"] == 0
    assert numbers["differing_rows"] == 0


@pytest.mark.timeout(300)
def test_the_naive_way_may_meet_a_visitor_in_a_deadlock(tmp_path: Path, server: Server) -> None:
    told = io.StringIO()
    with start(server.major) as own:
        story = Story(own, tmp_path, told, Paint(on=False))
        story._prepare()
        with (
            psycopg.connect(own.dsn("shop_naive"), autocommit=True) as visitor,
            psycopg.connect(own.dsn("shop_naive"), autocommit=True) as watcher,
            ThreadPoolExecutor() as other,
        ):
            # The migration waits for the orders; it is the first to find out that we wait for it.
            visitor.execute("SET deadlock_timeout = '30s'")
            visitor.execute("BEGIN; LOCK TABLE orders")
            upgrade = other.submit(story._upgrade_under_traffic)
            while not watcher.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                assert not upgrade.done(), upgrade.result()
                time.sleep(0.02)
            visitor.execute("SELECT FROM customer")
            visitor.execute("ROLLBACK")
            upgrade.result()
            revision = watcher.execute("SELECT version_num FROM alembic_version").fetchone()

    assert revision == ("0016",)
    assert told.getvalue().count("in a deadlock") == 1
