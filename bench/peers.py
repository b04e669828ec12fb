"""The subtle cases, by us and by other linters: python bench/peers.py [--squawk EXE] [--safemigrate EXE]

Of each case we and each peer that is installed (or named) are asked in the same run. Findings of the kinds
that are matters of taste are not counted; any other on the right statement counts as found, whatever its
reason. Where a case says what was there before, the peers, which take no history, get the script alone.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from schemaguard.phase import Phase
from tests.subtle.ask import ask
from tests.subtle.cases import CASES, Case

#: Matters of taste, by the beginnings of their names.
TASTE = ("prefer-", "require-statement-timeout", "ban-char-field", "require-concurrent-index-if", "STYLE")


@dataclass(slots=True)
class Score:
    """How a linter did."""

    found: int = 0
    dangers: int = 0
    false_alarms: int = 0
    safe: int = 0

    def __str__(self) -> str:
        return f"{self.found} of {self.dangers} dangers, {self.false_alarms} false alarms on {self.safe} safe"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--squawk", default=shutil.which("squawk"))
    parser.add_argument("--safemigrate", default=shutil.which("safemigrate-lint"))
    asked = parser.parse_args()
    linters: dict[str, Callable[[Case], set[int]]] = {"schemaguard": ours}
    if asked.squawk:
        linters["squawk"] = lambda case: squawk(asked.squawk, case)
    if asked.safemigrate:
        linters["safemigrate-lint"] = lambda case: safemigrate(asked.safemigrate, case)
    # What is right only in a phase of its own, a peer cannot be told.
    cases = [case for case in CASES if case.phase is Phase.EXPAND or case.reported]
    for name, linter in linters.items():
        print(f"{name:18} {score(linter, cases)}")
    return 0


def score(linter: Callable[[Case], set[int]], cases: list[Case]) -> Score:
    total = Score()
    for case in cases:
        if case.depends:
            continue
        reported = linter(case)
        if case.reported:
            total.dangers += 1
            total.found += case.reported <= reported
        else:
            total.safe += 1
            total.false_alarms += bool(reported)
    return total


def ours(case: Case) -> set[int]:
    answer = ask(case)
    return set(case.reported - answer.missed) | set(answer.false_alarms)


def written(case: Case) -> tuple[str, int]:
    """The script as a peer gets it, and how many lines come before its first statement."""
    head = "" if case.lock_timeout == 0 else "SET lock_timeout = '2s';\nSET statement_timeout = '5s';\n"
    return head + case.sql + "\n", head.count("\n")


def run(command: list[str], script: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "0001_case.sql"
        file.write_text(script)
        done = subprocess.run([*command, str(file)], capture_output=True, text=True, check=False)
    return done.stdout


def squawk(executable: str, case: Case) -> set[int]:
    script, before = written(case)
    version = [f"--pg-version={case.pg}.0"] if case.pg else []
    found = json.loads(run([executable, "--reporter", "json", *version], script) or "[]")
    # Lines from 0: that of the place in the statement; each statement has a line of its own.
    return {f["line"] + 1 - before for f in found if not f["rule_name"].startswith(TASTE)}


def safemigrate(executable: str, case: Case) -> set[int]:
    script, before = written(case)
    found = json.loads(run([executable, "--format", "json"], script) or "[]")
    findings = found.get("findings", []) if isinstance(found, dict) else found
    return {f["line"] - before for f in findings if f.get("severity") != "style"}


if __name__ == "__main__":
    sys.exit(main())
