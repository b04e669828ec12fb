"""
Take a release back whose new code is not in use.

What expand has made goes, the last first, as gently as it came: nobody waits behind it,
and killed at any moment the same command goes on. It is refused while a version that
knows the release is live, and where rows hold what only the new shape can.

  schemaguard undo RELEASE --database-url postgresql://...
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemaguard.commands.apply import add_lock_deadline, say_json
from schemaguard.commands.begun import begun
from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

HELP = "take a release back"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("release", metavar="RELEASE", help="`schemaguard status` names them")
    add_database_url(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the SQL, and run nothing")
    parser.add_argument(
        "--unused",
        action="store_true",
        help="nobody uses the new shape, whatever sessions there are that no deployment explains",
    )
    parser.add_argument(
        "--discard", action="store_true", help="give up the values that only the new shape holds"
    )
    add_lock_deadline(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json: an event a line")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(arguments: argparse.Namespace) -> int:
    """0: it is taken back; 1: refused; 3: not enough evidence; 4: the database refused or was lost."""
    from schemaguard.postgres.taking_back import Consent, take_back
    from schemaguard.report.colour import paint_for
    from schemaguard.report.progress import Progress

    paint = paint_for(sys.stdout, arguments.color)
    watch = say_json if arguments.format == "json" else Progress(sys.stdout, colour=paint.on)
    with connection(arguments) as conn:
        plan = begun(conn, arguments.release)
        if arguments.dry_run:
            from schemaguard.report.dry_run import render_undo

            for line in render_undo(plan, paint):
                sys.stdout.write(line + "\n")
            return 0
        take_back(
            conn,
            plan,
            watch=watch,
            consent=Consent(unused=arguments.unused, discard=arguments.discard),
            lock_deadline=arguments.lock_deadline,
        )
    if arguments.format == "text":
        sys.stdout.write(paint(f"{plan.release} is taken back", "green", bold=True) + "\n")
    return 0
