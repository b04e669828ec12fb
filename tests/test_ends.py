"""How a run ends when it is not by its own will: signals, readers that go, full devices, poor terminals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

ROOT = Path(__file__).parents[1]
SLOW = """\
import time
revision = "0001"
down_revision = None

def upgrade():
    print("begun", flush=True)
    time.sleep(600)
"""


def started(*words: str | Path, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "schemaguard", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **more},
        start_new_session=True,
    )


def alive_with(mark: str) -> list[int]:
    """The processes that have inherited the mark and are more than a zombie."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue  # It has just ended, or is somebody else's.
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_lint_and_the_revision_that_it_runs(tmp_path: Path, number: int) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "0001_slow.py").write_text(SLOW)
    mark = f"mark-{uuid4()}"
    process = started("lint", tmp_path / "versions", SCHEMAGUARD_TEST_MARK=mark)
    for _ in range(200):
        if len(alive_with(mark)) > 1:
            break
        time.sleep(0.05)
    assert len(alive_with(mark)) > 1

    process.send_signal(number)
    _, said = process.communicate(timeout=20)

    assert process.returncode == 128 + number
    assert "interrupted" in said
    assert "Traceback" not in said
    deadline = time.monotonic() + 5
    while alive_with(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive_with(mark) == []


def test_a_reader_that_goes_away_is_no_error() -> None:
    process = started("rules")
    assert process.stdout is not None
    process.stdout.close()

    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()

    assert process.wait(timeout=20) == 128 + signal.SIGPIPE
    assert said == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_device_is_told_as_such() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "schemaguard", "rules"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
            timeout=60,
        )

    assert done.returncode == 2
    assert "no space left" in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_terminal_that_lacks_a_character_gets_its_number(tmp_path: Path) -> None:
    file = tmp_path / "change.sql"
    file.write_text('DROP TABLE "größe";', encoding="utf-8")
    process = started("lint", file, PYTHONIOENCODING="ascii", LANG="C")

    shown, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "gr\\u00f6\\u00dfe" in shown
    assert said == ""
