"""Which database a command is about, as which role, and the connection to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from schemaguard.errors import UsageError

if TYPE_CHECKING:
    import argparse

    import psycopg

ENVIRONMENT = "SCHEMAGUARD_DATABASE_URL"
#: Any of these says where libpq is to go.
LIBPQ = ("PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE")


def add_database_url(parser: argparse.ArgumentParser) -> None:
    """Declare --database-url and --role."""
    parser.add_argument(
        "--database-url",
        metavar="URL",
        help="postgresql://user@host/name, or what else libpq takes (service=name);"
        f" default: ${ENVIRONMENT}, PGHOST and the like, the Alembic project's own",
    )
    parser.add_argument("--role", metavar="NAME", help="become this role after connecting (SET ROLE)")


def database_url(arguments: argparse.Namespace) -> str:
    """What libpq connects to; "": what its environment variables say. UsageError where nothing names one."""
    url = _told(arguments)
    if url is None:
        url = _of_project(_place(arguments))
    if url is None:
        raise UsageError(
            "no database is named",
            advice=f"Give --database-url, or set {ENVIRONMENT}, or PGHOST and PGDATABASE.",
        )
    return url


def names_database(arguments: argparse.Namespace) -> bool:
    """Whether the command line or the environment names a database."""
    return _told(arguments) is not None


def connection(arguments: argparse.Namespace) -> psycopg.Connection:
    """A connection to the database of the command line. DatabaseError where there is none."""
    from schemaguard.config import read_config
    from schemaguard.postgres.connect import connect, shown

    role = arguments.role or read_config(_place(arguments)).role
    url = database_url(arguments)
    if not names_database(arguments):
        sys.stderr.write(f"schemaguard: the Alembic project's own database: {shown(url)}\n")
    return connect(url, role=role or "")


def _told(arguments: argparse.Namespace) -> str | None:
    url = arguments.database_url or os.environ.get(ENVIRONMENT)
    if url:
        return str(url)
    return "" if any(os.environ.get(name) for name in LIBPQ) else None


def _place(arguments: argparse.Namespace) -> Path:
    """Where the project is looked for."""
    migrations: list[Path] = getattr(arguments, "migrations", None) or []
    return migrations[-1].parent if migrations else Path.cwd()


def _of_project(place: Path) -> str | None:
    from schemaguard.sources.alembic_project import find_project
    from schemaguard.sources.alembic_project.url import url_of

    project = find_project(place)
    return url_of(project) if project is not None else None
