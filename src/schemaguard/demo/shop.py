"""The shop of the demo: where its releases are, how its programs are run, and its visitors."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.errors import Bug, DatabaseError

#: Requests in a second.
RATE = 250


class Deadlock(DatabaseError):
    """The server has ended a program of the shop to free another."""


def shop() -> Path:
    """Where the shop's two releases are: in the wheel, or in a checkout."""
    package = Path(__file__).parents[1]
    for place in (package / "_fixtures" / "shop", package.parents[1] / "fixtures" / "shop"):
        if (place / "canary").is_dir():
            return place
    raise Bug("the demo's shop is missing from this installation")


def environment(release: str, url: str) -> dict[str, str]:
    """In which the programs of a release find it and the database."""
    return {
        **os.environ,
        "SHOP_DATABASE_URL": url,
        "SCHEMAGUARD_DATABASE_URL": url,
        "PYTHONPATH": str(shop() / release),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run_program(release: str, url: str, *words: str) -> None:
    """A program of the shop, as the shop's people run it."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=shop() / release,
        env=environment(release, url),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        failed = Deadlock if "deadlock detected" in done.stderr else DatabaseError
        raise failed(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.strip()[-400:]}")


@dataclass(slots=True)
class Traffic:
    """Visitors of one release, in a process of their own."""

    process: subprocess.Popen[str]
    report: Path

    def counted(self) -> Mapping[str, float]:
        """The last line that it wrote; empty before the first."""
        lines = [line for line in self.report.read_text().splitlines() if line.endswith("}")]
        return json.loads(lines[-1]) if lines else {}

    def until(self, requests: int) -> None:
        """Wait for so many requests."""
        for _ in range(600):
            if self.counted().get("requests", 0) >= requests:
                return
            if self.process.poll() is not None:
                raise Bug(f"the shop's visitors went away with exit code {self.process.returncode}")
            time.sleep(0.05)
        raise Bug(f"the shop answered no {requests} requests in 30 s")

    def stop(self) -> Mapping[str, float]:
        """Let it finish what it began; what it counted in all."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        return self.counted()


@contextmanager
def traffic(release: str, url: str, report: Path) -> Iterator[Traffic]:
    """Let visitors use the release, and count."""
    report.touch()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "shop.traffic", "--database-url", url),
            *("--rate", str(RATE), "--report", str(report), "--application-name", f"shop-{release}"),
            "--until-stdin-closes",
        ],
        cwd=shop() / release,
        env=environment(release, url),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield Traffic(process, report)
    finally:
        # Its standard input closes with ours, so it stops also where we are killed.
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=30)
