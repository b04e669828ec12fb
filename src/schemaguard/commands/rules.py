"""List the rules, by family, with a line each."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

HELP = "list the rules"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(arguments: argparse.Namespace) -> int:
    """Always 0."""
    from schemaguard.report.colour import paint_for
    from schemaguard.rules import all_rules

    if arguments.format == "json":
        rows = [
            {
                "name": rule.name,
                "family": rule.family,
                "severity": rule.rule.severity.value,
                "summary": rule.summary,
                "since": rule.rule.since,
            }
            for rule in all_rules()
        ]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return 0
    paint = paint_for(sys.stdout)
    for family, rules in groupby(all_rules(), key=lambda rule: rule.family):
        sys.stdout.write(paint(family.replace("_", " "), bold=True) + "\n")
        for rule in rules:
            sys.stdout.write(f"  {paint(rule.name.ljust(28), 'magenta')} {rule.summary}\n")
    sys.stdout.write("\n`schemaguard explain RULE` tells why, and what to do instead.\n")
    return 0
