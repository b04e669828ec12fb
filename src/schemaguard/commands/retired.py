"""Write down in the journal that a version of the code runs no more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemaguard.commands.begun import near
from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

HELP = "write down that a version runs no more"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("version", metavar="VERSION")
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0; Refused for a version that was never said to run."""
    from schemaguard.errors import Refused
    from schemaguard.postgres import journal
    from schemaguard.postgres.connect import database_errors

    version = arguments.version
    with connection(arguments) as conn, database_errors("the journal"):
        there = journal.exists(conn)
        if there:
            journal.create(conn)
        known = there and journal.retire(conn, version)
        versions = [deployment.version for deployment in journal.deployments(conn)]
    if not known:
        raise Refused(
            f"version {version} was never said to run",
            advice=f"The journal knows: {', '.join(versions) or 'none'}.{near(version, versions)}",
        )
    sys.stdout.write(f"version {version} runs no more\n")
    return 0
