"""
Stop the runner on this database, between two batches or steps.

It ends with exit code 1, and nothing is left half-done: the same `apply` goes on later,
`undo` takes the release back. A statement that runs already, such as an index build, is
finished first; --now cancels it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

HELP = "stop the runner"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--now", action="store_true", help="cancel the statement that it runs")
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0; Refused where no runner works."""
    from schemaguard.errors import Refused
    from schemaguard.postgres import journal, requests
    from schemaguard.postgres.connect import database_errors
    from schemaguard.postgres.locks import cancel, runner_on

    with connection(arguments) as conn, database_errors("the journal"):
        journal.create(conn)
        runner = runner_on(conn)
        if runner is None:
            raise Refused("no runner works on this database", advice="There is nothing to stop.")
        requests.make(conn, "abort")
        if arguments.now:
            cancel(conn, runner)
    how = "its statement is cancelled" if arguments.now else "it stops before its next batch or step"
    sys.stdout.write(f"the runner ({runner}) is asked to stop: {how}\n")
    return 0
