"""
Let the runner on this database wait, between two batches or steps, until `resume`.

Nothing is half-done while it waits, and it holds no lock on a table. A runner that comes
later waits as well. A statement that runs already, such as an index build, is not stopped.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

HELP = "let the runner wait until resume"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0; DatabaseError where it cannot be written."""
    from schemaguard.postgres import journal, requests
    from schemaguard.postgres.connect import database_errors
    from schemaguard.postgres.locks import runner_on

    with connection(arguments) as conn, database_errors("the journal"):
        journal.create(conn)
        requests.make(conn, "pause")
        runner = runner_on(conn)
    who = f"the runner ({runner}) waits before its next batch or step" if runner else "no runner works now"
    sys.stdout.write(f"paused: {who}; `schemaguard resume` goes on\n")
    return 0
