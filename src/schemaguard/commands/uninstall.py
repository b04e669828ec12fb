"""
Take schemaguard away from a database: the triggers that keep columns in step, their functions,
and the journal. Triggers that compute a column for good are part of its schema, and stay.

Refused while a release is under way. What others keep out of the way of locks waits for none.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from schemaguard.commands.apply import add_lock_deadline
from schemaguard.commands.database import add_database_url, connection

if TYPE_CHECKING:
    import argparse

HELP = "take triggers, functions and the journal away"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command line."""
    parser.add_argument("--yes", action="store_true", help="do it; else only what would go is told")
    parser.add_argument(
        "--abandon",
        action="store_true",
        help="also while a release is under way, whose forms then come apart",
    )
    add_lock_deadline(parser)
    add_database_url(parser)


def run(arguments: argparse.Namespace) -> int:
    """0; 1: a release is under way; 4: the database refused or was lost."""
    from schemaguard.postgres.connect import database_errors
    from schemaguard.postgres.uninstalling import triggers, unfinished, uninstall

    with connection(arguments) as conn:
        if arguments.yes:
            gone = uninstall(conn, abandon=arguments.abandon, lock_deadline=arguments.lock_deadline)
            sys.stdout.writelines(f"gone: trigger {one.name} on {one.table.text}\n" for one in gone)
            sys.stdout.write("gone: schema schemaguard\n")
            return 0
        with database_errors("reading the database"):
            open_ones, ours = unfinished(conn), triggers(conn)
    sys.stdout.writelines(f"would go: trigger {one.name} on {one.table.text}\n" for one in ours)
    sys.stdout.write("would go: schema schemaguard, with the journal\n")
    if open_ones:
        sys.stdout.write(f"under way: {', '.join(open_ones)}\n")
    sys.stdout.write("nothing was changed; --yes does it\n")
    return 0
