"""
Show the releases on a database: which steps are done, what runs, what it waits for, who stands
in the way of a contract. With --watch again and again, until Ctrl-C.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from schemaguard.commands.database import add_database_url, connection
from schemaguard.commands.values import interval

if TYPE_CHECKING:
    import argparse

HELP = "which releases and steps are done"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--release", metavar="NAME", help="only this one")
    parser.add_argument(
        "--watch",
        type=interval,
        nargs="?",
        const=2.0,
        metavar="SECONDS",
        help="look again so often (2); json: a document a line",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0, also while another runner works."""
    from schemaguard.postgres.connect import database_errors
    from schemaguard.postgres.status import status

    with connection(arguments) as conn:
        while True:
            with database_errors("the journal"):
                found = status(conn, arguments.release)
            _show(found, arguments)
            if arguments.watch is None:
                return 0
            time.sleep(arguments.watch)


def _show(found: dict[str, Any], arguments: argparse.Namespace) -> None:
    if arguments.format == "json":
        sys.stdout.write(json.dumps(found, indent=None if arguments.watch else 2) + "\n")
    else:
        from schemaguard.report.colour import paint_for
        from schemaguard.report.status import lines

        # A terminal shows it in the same place again.
        clear = "\x1b[H\x1b[2J" if arguments.watch and sys.stdout.isatty() else ""
        sys.stdout.write(clear + "".join(f"{line}\n" for line in lines(found, paint_for(sys.stdout))))
    sys.stdout.flush()
