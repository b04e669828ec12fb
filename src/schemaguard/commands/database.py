"""--database-url, and the connection it names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from schemaguard.errors import UsageError

if TYPE_CHECKING:
    import argparse

    import psycopg

ENVIRONMENT = "SCHEMAGUARD_DATABASE_URL"


def add_database_url(parser: argparse.ArgumentParser) -> None:
    """Declare --database-url."""
    parser.add_argument(
        "--database-url", metavar="URL", help=f"postgresql://user@host/name; default: ${ENVIRONMENT}"
    )


def database_url(arguments: argparse.Namespace) -> str:
    """The URL of the command line or the environment. UsageError without one."""
    url = arguments.database_url or os.environ.get(ENVIRONMENT)
    if not url:
        raise UsageError("no database is named", advice=f"Give --database-url, or set {ENVIRONMENT}.")
    return str(url)


def names_database(arguments: argparse.Namespace) -> bool:
    """Whether the command line or the environment names a database."""
    return bool(arguments.database_url or os.environ.get(ENVIRONMENT))


def connection(arguments: argparse.Namespace) -> psycopg.Connection:
    """A connection to the database of the command line. DatabaseError where there is none."""
    from schemaguard.postgres.connect import connect

    return connect(database_url(arguments))
