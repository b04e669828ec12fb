"""Let the runner go on that `pause` has made wait."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

HELP = "let a paused runner go on"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0, also where nothing was paused."""
    from schemaguard.postgres import journal, requests
    from schemaguard.postgres.connect import database_errors

    with connection(arguments) as conn, database_errors("the journal"):
        journal.create(conn)
        asked = requests.withdraw(conn)
    said = (
        f"what {asked.by} asked at {asked.at} no longer counts: {asked.wish}"
        if asked
        else "nothing was paused"
    )
    sys.stdout.write(said + "\n")
    return 0
