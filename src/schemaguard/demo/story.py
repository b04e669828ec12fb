"""The story: a web shop renames, splits, tightens and drops in one migration, while it is being used.

Every line of output is what a command said or what a program counted: the same
commands work on any project.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import field
from pathlib import Path
from typing import TextIO

from schemaguard.dataclass import dataclass
from schemaguard.demo.numbers import Numbers
from schemaguard.demo.shop import Deadlock, Traffic, environment, run_program, shop, traffic
from schemaguard.errors import DatabaseError
from schemaguard.postgres.demo_database import differing_rows
from schemaguard.postgres.embedded import Server, start
from schemaguard.postgres.workplace import workplace
from schemaguard.report.colour import Paint

BASELINE_HEAD, CANARY_HEAD = "0015", "0016"
RELEASE = "tidy-customers"
CUSTOMERS = 8_000
#: Requests over which each side of the comparison is counted, at least.
ENOUGH = 1_000
#: How often the naive migration is run before a deadlock ends the demo.
TRIES = 5


@dataclass(slots=True)
class Story:
    """The demo, told to ``out``."""

    server: Server
    folder: Path
    out: TextIO
    paint: Paint
    numbers: Numbers = field(default_factory=Numbers)

    def tell(self) -> Numbers:
        """All five chapters."""
        begun = time.monotonic()
        self._say(f"PostgreSQL {self.server.major}: {self.server.origin}")
        self._prepare()
        self._lint()
        self._naive()
        self._split_and_check()
        self._release()
        self.numbers.seconds = time.monotonic() - begun
        self._sum()
        return self.numbers

    # The chapters

    def _prepare(self) -> None:
        self._say(f"a shop with {CUSTOMERS:,} customers, at revision {BASELINE_HEAD}")
        self.server.create_database("shop")
        run_program("baseline", self._url("shop"), "alembic", "upgrade", BASELINE_HEAD)
        run_program(
            "baseline",
            self._url("shop"),
            "shop.seed",
            "--database-url",
            self._url("shop"),
            "--customers",
            str(CUSTOMERS),
        )
        for copy in ("shop_naive", "shop_recorded"):
            self.server.create_database(copy, template="shop")

    def _lint(self) -> None:
        self._chapter("1. Lint: who breaks, who waits, what is lost, what to do")
        self.numbers.lint_exit = self._schemaguard("lint", self._migration)

    def _naive(self) -> None:
        self._chapter("2. What if one runs it all the same? On a copy, with the baseline at work")
        with self._traffic("baseline", "shop_naive") as baseline:
            baseline.until(300)
            self._say("$ alembic upgrade head", "dim")
            self._upgrade_under_traffic()
            baseline.until(int(baseline.counted()["requests"]) + ENOUGH - 300)
            counted = baseline.stop()
        self.numbers.naive_requests = int(counted["requests"])
        self.numbers.naive_failed = int(counted["failed"])
        self.numbers.naive_worst_ms = counted["worst_ms"]
        self._counted("baseline", counted)

    def _upgrade_under_traffic(self) -> None:
        """It may meet a visitor in a deadlock, and be the one that the server ends: then it is run again."""
        for tries_left in reversed(range(TRIES)):
            try:
                run_program("canary", self._url("shop_naive"), "alembic", "upgrade", CANARY_HEAD)
            except Deadlock:
                if not tries_left:
                    raise
                self._say("it met a visitor in a deadlock, was rolled back, and is run again")
            else:
                return

    def _split_and_check(self) -> None:
        self._chapter("3. Split it, and check both versions' own statements at every state between")
        shadow = ("--shadow-url", self.server.url("postgres"))
        self._schemaguard(
            *("split", self._migration, "--release", RELEASE, "--write", str(self.folder / "split"), *shadow)
        )
        # Both at once: each is a program of its own, on a database of its own.
        with ThreadPoolExecutor() as both:
            list(both.map(self._record, ("baseline", "canary"), ("shop_recorded", "shop_naive")))
        self.numbers.check_exit = self._schemaguard(
            *("check", self._migration, "--release", RELEASE),
            *("--baseline", str(self.folder / "baseline"), "--canary", str(self.folder / "canary")),
            *shadow,
        )

    def _release(self) -> None:
        self._chapter("4. Apply it phase by phase, take it back, kill it, with the shop open")
        with self._traffic("baseline", "shop") as baseline:
            baseline.until(200)
            self._ledger("deployed", "baseline", "--application-name", "shop-baseline")
            expand = ("apply", self._migration, "--release", RELEASE, "--phase", "expand")
            self._must(*expand)
            self._say("second thoughts: it is taken back, and applied anew", "dim")
            self.numbers.undo_exit = self._must("undo", RELEASE)
            self._must(*expand)
            backfill = ("apply", "--release", RELEASE, "--phase", "backfill")
            self.numbers.killed_after_rows = self._killed(*backfill)
            self._must(*backfill)
            self._ledger("deployed", "canary", "--application-name", "shop-canary", "--knows", RELEASE)
            with self._traffic("canary", "shop") as canary:
                canary.until(ENOUGH // 2)
                self.numbers.differing_rows = self._differing()
                self._chapter("5. Contract, while the baseline is still there")
                self.numbers.early_contract_exit = self._schemaguard(
                    "apply", "--release", RELEASE, "--phase", "contract"
                )
                baseline.until(ENOUGH)
                self._say("the baseline is stopped", "dim")
                old = baseline.stop()
                self._ledger("retired", "baseline")
                self.numbers.contract_exit = self._must("apply", "--release", RELEASE, "--phase", "contract")
                canary.until(int(canary.counted()["requests"]) + ENOUGH // 2)
                new = canary.stop()
        for name, counted in (("baseline", old), ("canary", new)):
            self._counted(name, counted)
            self.numbers.requests += int(counted["requests"])
            self.numbers.failed += int(counted["failed"])
            self.numbers.worst_ms = max(self.numbers.worst_ms, counted["worst_ms"])

    def _sum(self) -> None:
        n = self.numbers
        rows = (
            ("", "requests", "failed", "worst ms", "rows that differ"),
            ("as it was written", n.naive_requests, n.naive_failed, round(n.naive_worst_ms), "-"),
            ("with schemaguard", n.requests, n.failed, round(n.worst_ms), n.differing_rows),
        )
        self._chapter("In the end")
        for row in rows:
            first, *others = map(str, row)
            self._say(f"{first:<20}" + "".join(f"{value:>18}" for value in others))
        self._say(f"\n{n.seconds:.0f} s. On your own project: schemaguard lint YOUR/MIGRATIONS", "dim")

    # What they are made of

    @property
    def _migration(self) -> str:
        [path] = (shop() / "canary" / "migrations" / "versions").glob(f"{CANARY_HEAD}_*.py")
        return str(path)

    def _url(self, database: str) -> str:
        return self.server.url(database)

    def _traffic(self, release: str, database: str) -> AbstractContextManager[Traffic]:
        report = self.folder / f"traffic-{release}-{database}.jsonl"
        return traffic(release, self._url(database), report)

    def _record(self, release: str, database: str) -> None:
        self._schemaguard(
            *("record", "--out", str(self.folder / release), "--app", "shop", "--version", release, "--"),
            *(sys.executable, "-m", "shop.traffic", "--database-url", self._url(database)),
            *("--seconds", "3", "--rate", "0", "--report", os.devnull),
            release=release,
        )

    def _schemaguard(self, *words: str, release: str = "canary") -> int:
        """A command of schemaguard, shown as it is typed, with what it says."""
        shown = shlex.join("python" if word == sys.executable else self._short(word) for word in words)
        self._say(f"$ schemaguard {shown}", "dim")
        with subprocess.Popen(
            [sys.executable, "-m", "schemaguard", *words],
            cwd=self.folder,
            env={
                **environment(release, self._url("shop")),
                **({"FORCE_COLOR": "1"} if self.paint.on else {}),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                self._say("  " + self._short(line.rstrip("\n")))
        return process.returncode

    def _killed(self, *words: str) -> int:
        """A command that fills rows, killed after its first batch; how many it had been through."""
        words = (*words, "--batch-ms", "10", "--format", "json")  # So small that it is not over before.
        self._say(f"$ schemaguard {shlex.join(words)}", "dim")
        with subprocess.Popen(
            [sys.executable, "-m", "schemaguard", *words],
            cwd=self.folder,
            env=environment("canary", self._url("shop")),
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            events = map(json.loads, process.stdout)
            event = next((event for event in events if event["kind"] == "progress" and event["rows"]), None)
            process.kill()
        if event is None:
            raise DatabaseError("the backfill ended before it could be killed")
        self._say(f"  kill -9, after {event['rows']:,} rows; once more:")
        return int(event["rows"])

    def _must(self, *words: str) -> int:
        code = self._schemaguard(*words)
        if code:
            raise DatabaseError(f"schemaguard {' '.join(words[:1])} ended with exit code {code}")
        return code

    def _ledger(self, *words: str) -> None:
        self._must(*words)

    def _differing(self) -> int:
        """Customers that the two releases see differently, at one moment while both write."""
        return differing_rows(self._url("shop"), self._seen, ("baseline", "canary"))

    def _seen(self, release: str, snapshot: str) -> Mapping[str, Sequence[str]]:
        done = subprocess.run(
            [sys.executable, "-m", "shop.check", "--database-url", self._url("shop"), "--snapshot", snapshot],
            cwd=shop() / release,
            env=environment(release, self._url("shop")),
            capture_output=True,
            text=True,
            check=True,
        )
        seen: Mapping[str, Sequence[str]] = json.loads(done.stdout)
        return seen

    def _counted(self, name: str, counted: Mapping[str, float]) -> None:
        failed = int(counted["failed"])
        colour = "red" if failed else "green"
        self._say(
            f"{name}: {int(counted['requests']):,} requests,"
            f" {self.paint(f'{failed:,} failed', colour, bold=True)},"
            f" the slowest took {counted['worst_ms']:.0f} ms"
        )

    def _short(self, text: str) -> str:
        """Without what only a throw-away server and folder have in their names."""
        text = re.sub(r"postgresql://[^ ']*@/(\w+)\?[^ ']*", r"postgresql:///\1", text)
        return text.replace(str(shop()), "shop").replace(str(self.folder) + os.sep, "")

    def _chapter(self, title: str) -> None:
        self._say("\n" + self.paint(title, bold=True))

    def _say(self, text: str, colour: str = "") -> None:
        self.out.write((self.paint(text, colour) if colour else text) + "\n")
        self.out.flush()


def run(out: TextIO, paint: Paint, *, major: int | None = None) -> Numbers:
    """Tell the story on a throw-away server; what a killed run leaves behind the next one removes."""
    with start(major) as server, workplace(in_memory=False) as place:
        return Story(server, place.path, out, paint).tell()
