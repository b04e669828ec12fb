"""The story that the demo tells is true: the naive way fails requests, the gentle way none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from schemaguard.postgres.embedded import Server


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
    assert numbers["early_contract_exit"] == 1
    assert "pid" in done.stdout
    assert numbers["contract_exit"] == 0
    assert numbers["requests"] >= 1000
    assert numbers["failed"] == 0
    assert numbers["differing_rows"] == 0
