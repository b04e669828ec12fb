"""What lint says of real histories: python bench/findings.py [--cache DIR] [--sample 100] [--seed 7]

The wheels of eight applications are downloaded (never vendored) and unpacked, without what they depend on.
Every revision directory in them is linted as users lint a directory: each revision is a release of its own.
Printed are the findings by rule, for each 100 revisions, all that could not be read with its cause, and with
--sample so many findings, drawn with the seed, each with its statement. Exits 1 if anything crashed.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from histories import unpacked, versions_of, wheel_of

PROJECTS = (
    "apache-superset", "apache-airflow-core", "mlflow", "dagster", "langflow-base", "open-webui", "prefect",
    "ethyca-fides",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "schemaguard" / "histories"
    parser.add_argument("--cache", type=Path, default=default)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    (asked.cache / "wheels").mkdir(parents=True, exist_ok=True)
    findings: list[dict[str, Any]] = []
    revisions = statements = crashes = 0
    for name in PROJECTS:
        wheel = wheel_of(name, asked.cache)
        root = unpacked(wheel, asked.cache)
        for directory in versions_of(wheel, root):
            told = linted(directory)
            if told is None:
                crashes += 1
                continue
            sql = {(one["path"], one["index"]): one["sql"] for one in told["statements"]}
            findings += [
                {**finding, "of": name, "sql": sql.get((finding["path"], finding["statement"]))}
                for finding in told["findings"]
            ]
            count = told["summary"]["migrations"]
            revisions += count
            statements += told["summary"]["statements"]
            print(f"{name} {directory.parent.name}: {count} revisions, {len(told['findings'])} findings")
    show(findings, revisions, statements)
    for finding in sample(findings, asked.sample, asked.seed):
        print(f"\n[{finding['of']}] {Path(finding['path']).name}:{finding['line']} {finding['rule']}")
        print(f"  {finding['severity']}: {finding['message']}\n  {' '.join(finding['sql'].split())[:300]}")
    print(f"\ncrashes: {crashes}")
    return int(bool(crashes) or not revisions)


def linted(directory: Path) -> dict[str, Any] | None:
    """What lint prints of the directory as JSON; None: it crashed, and has told of it."""
    done = subprocess.run(
        [sys.executable, "-m", "schemaguard", "lint", "--no-cache", "--format", "json", str(directory)],
        capture_output=True,
        text=True,
        check=False,
        cwd=directory,
    )
    if done.returncode not in (0, 1):
        print(f"{directory}: exit code {done.returncode}\n{done.stderr}")
        return None
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def show(findings: list[dict[str, Any]], revisions: int, statements: int) -> None:
    print(f"\n{revisions} revisions, {statements} statements, {len(findings)} findings")
    print("\n| rule | severity | findings | for 100 revisions |\n|---|---|---:|---:|")
    by_rule = Counter((finding["rule"], finding["severity"]) for finding in findings)
    for (rule, severity), count in by_rule.most_common():
        print(f"| {rule} | {severity} | {count} | {100 * count / (revisions or 1):.1f} |")
    print("\nnot read, by cause:")
    causes = Counter(cause(finding["message"]) for finding in findings if finding["rule"] == "unread")
    for text, count in causes.most_common():
        print(f"{count:>6}  {text}")


def cause(message: str) -> str:
    """The message without the names in it."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "...", message)[:140]


def sample(findings: list[dict[str, Any]], count: int, seed: int) -> list[dict[str, Any]]:
    """Of those about statements, the same for the same seed and wheels."""
    about = [finding for finding in findings if finding["sql"] and finding["rule"] != "unread"]
    about.sort(key=lambda one: (one["of"], one["path"], one["line"], one["column"], one["rule"]))
    return random.Random(seed).sample(about, min(count, len(about)))


if __name__ == "__main__":
    sys.exit(main())
