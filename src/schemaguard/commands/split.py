"""
Split a migration into expand, backfill and contract steps.

MIGRATION is written the way people write it: one Alembic revision or SQL file. What
cannot be derived from it (how to compute an old column from the new ones) is said in
a comment beside the statement:

  # schemaguard: down = first_name || ' ' || last_name

Without --write the plan is only shown. With it, it is written as migrations that can
also be run without schemaguard.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.commands.planning import add_migration, planned

if TYPE_CHECKING:
    import argparse

HELP = "make expand, backfill and contract steps of a migration"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_migration(parser)
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the steps as migrations into DIR")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(arguments: argparse.Namespace) -> int:
    """0; 1: it has no gentle way; 2: it cannot be read, or something has to be said first."""
    from schemaguard.plan import to_json
    from schemaguard.report.colour import paint_for

    made = planned(arguments)
    if arguments.format == "json":
        sys.stdout.write(to_json(made.plan, indent=2) + "\n")
    else:
        from schemaguard.report.plan import render_plan

        paint = paint_for(sys.stdout, arguments.color)
        sys.stdout.write(render_plan(made.plan, color=paint.on).rstrip("\n") + "\n")
    if arguments.write:
        from schemaguard.plan.write import write_plan

        for path in write_plan(made.plan, made.source, arguments.write):
            sys.stderr.write(f"written: {path}\n")
    return 0
