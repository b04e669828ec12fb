"""Show the releases on a database: which steps are done, what runs, who stands in the way of a contract."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

HELP = "which releases and steps are done"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--release", metavar="NAME", help="only this one")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0, also while another runner works."""
    from schemaguard.postgres.connect import database_errors
    from schemaguard.postgres.status import releases_on

    with connection(arguments) as conn, database_errors("the journal"):
        releases = releases_on(conn, arguments.release)
    if arguments.format == "json":
        sys.stdout.write(json.dumps(releases, indent=2) + "\n")
        return 0
    from schemaguard.report.colour import paint_for

    paint = paint_for(sys.stdout)
    colours = {"done": "green", "found": "green", "failed": "red", "running": "yellow"}
    for release in releases:
        sys.stdout.write(
            paint(release["release"], bold=True) + (" finished" if release["finished"] else "") + "\n"
        )
        for step in release["steps"]:
            state = paint(step["state"].ljust(8), colours.get(step["state"], "dim"))
            sys.stdout.write(f"  {step['phase']:<9}{state} {step['title']}\n")
            if step["error"]:
                sys.stdout.write(f"           {step['error']}\n")
        gate = release["contract"]
        sys.stdout.write(f"  contract: {gate['answer']} ({'; '.join(gate['reasons'])})\n")
    if not releases:
        sys.stdout.write("no release was begun on this database\n")
    return 0
