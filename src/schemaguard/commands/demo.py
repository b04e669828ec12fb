"""
Tell the story of one release on a throw-away server, in about a minute.

A small web shop renames a column, splits another, makes one NOT NULL and drops a
table in a single migration. You see what that does to the code that is running, and
the same release done gently, with both versions of the shop at work all the time.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

HELP = "a real release on a throw-away server"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--pg", type=int, metavar="MAJOR", help="the PostgreSQL major (the newest there is)")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write what was counted as JSON, too")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(arguments: argparse.Namespace) -> int:
    """0: the gentle way failed nobody; 1: it did."""
    from schemaguard.demo import story
    from schemaguard.report.colour import paint_for

    numbers = story.run(sys.stdout, paint_for(sys.stdout, arguments.color), major=arguments.pg)
    if arguments.report:
        arguments.report.write_text(json.dumps(dataclasses.asdict(numbers), indent=2) + "\n")
    return int(bool(numbers.failed or numbers.differing_rows or numbers.check_exit))
