"""Show what has happened on a database: releases, steps, failures, requests, deployments."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

HELP = "what has happened on a database"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--release", metavar="NAME", help="only this one")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json: an event a line")
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0."""
    from dataclasses import asdict

    from schemaguard.postgres.connect import database_errors
    from schemaguard.postgres.history import history
    from schemaguard.report.colour import paint_for

    with connection(arguments) as conn, database_errors("the journal"):
        happened = history(conn, arguments.release)
    if arguments.format == "json":
        sys.stdout.writelines(json.dumps(asdict(one)) + "\n" for one in happened)
        return 0
    paint = paint_for(sys.stdout)
    colours = {"failed": "red", "aborted": "red", "undone": "yellow", "paused": "yellow"}
    for one in happened:
        what = " ".join(part for part in (one.release, one.step) if part)
        by = f" ({one.by})" if one.by else ""
        kind = paint(one.kind.ljust(9), colours.get(one.kind, "dim"))
        sys.stdout.write(f"{one.at}  {kind} {what}{': ' if one.message else ''}{one.message}{by}\n")
    if not happened:
        about = f" to release {arguments.release}" if arguments.release else ""
        sys.stdout.write(f"nothing has happened{about} on this database\n")
    return 0
