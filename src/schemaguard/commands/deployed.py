"""
Write down in the journal that a version of the code runs.

Call it when a deployment begins. Without --knows the version needs the old shape of
every release, and no contract can run beside it. A release that was never begun here
is taken down as well, and told of.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemaguard.commands.begun import near
from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

HELP = "write down that a version of the code runs"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("version", metavar="VERSION")
    parser.add_argument(
        "--application-name", required=True, metavar="NAME", help="application_name of its database sessions"
    )
    parser.add_argument(
        "--knows",
        action="append",
        default=[],
        metavar="RELEASE",
        help="a release whose new shape it uses, so that the old may go",
    )
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0; DatabaseError where it cannot be written."""
    from schemaguard.postgres import journal
    from schemaguard.postgres.connect import database_errors

    with connection(arguments) as conn, database_errors("the journal"):
        journal.create(conn)
        journal.deploy(conn, arguments.version, arguments.application_name, tuple(arguments.knows))
        releases = [name for name, _, _ in journal.releases(conn)]
    for release in arguments.knows:
        if release not in releases:
            sys.stderr.write(
                f"schemaguard: release {release} was never begun on this database.{near(release, releases)}\n"
            )
    sys.stdout.write(f"version {arguments.version} runs, as {arguments.application_name}\n")
    return 0
