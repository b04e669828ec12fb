"""Connections to PostgreSQL, and its refusals in our own words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import errors

from schemaguard.errors import DatabaseError
from schemaguard.postgres.repeating import Repeating

APPLICATION_NAME = "schemaguard"

_DRIVER = re.compile(r"\A(postgres(?:ql)?)\+[a-z0-9_]+://")


def libpq_url(url: str) -> str:
    """The URL as libpq reads it: SQLAlchemy's ``postgresql+driver://`` loses its driver."""
    return _DRIVER.sub(r"\1://", url)


def shown(url: str) -> str:
    """The URL without its password, for messages."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return "the given database URL"
    return url.replace(f":{password}@", ":***@") if password else url


def connect(
    url: str, *, application_name: str = APPLICATION_NAME, repeats: bool = False
) -> psycopg.Connection:
    """An autocommit connection. DatabaseError where there is none to be had.

    One that ``repeats`` has the server plan once what is asked again and again.
    """
    try:
        return (Repeating if repeats else psycopg.Connection).connect(
            libpq_url(url),
            autocommit=True,
            application_name=application_name,
            connect_timeout=10,
            prepare_threshold=None,
        )
    except psycopg.ProgrammingError as error:
        raise DatabaseError(
            f"{shown(url)} is not a database URL: {_line(error)}",
            advice="Write it as postgresql://user@host:5432/name.",
        ) from error
    except psycopg.OperationalError as error:
        raise DatabaseError(
            f"no connection to {shown(url)}: {_line(error)}",
            advice="Check that the server runs, and the URL's host, port, user and database.",
        ) from error


@contextmanager
def database_errors(doing: str) -> Iterator[None]:
    """Turn what the server or the network says while ``doing`` (such as ``step x``) into a DatabaseError."""
    try:
        yield
    except psycopg.Error as error:
        raise DatabaseError(f"{doing}: {_line(error)}", advice=_advice(error)) from error


def _line(error: psycopg.Error) -> str:
    detail = error.diag.message_detail
    first = error.diag.message_primary or next(iter(str(error).strip().splitlines()), type(error).__name__)
    return f"{first} ({detail})" if detail else first


def _advice(error: psycopg.Error) -> str:
    match error:
        case errors.ReadOnlySqlTransaction():
            return "This is a standby or a read-only session: give the URL of the primary."
        case errors.InsufficientPrivilege():
            return "Give the role the missing right, or connect as the tables' owner."
        case errors.DiskFull():
            return (
                "Free space on the server's disk, then run the same command again: it goes on where it was."
            )
        case errors.QueryCanceled():
            return "Somebody or a time-out cancelled it. Run the same command again: it goes on where it was."
        case errors.OperationalError():
            return "The connection was lost. Run the same command again: it goes on where it was."
        case _:
            return "Nothing of this step remains. Mend the cause, then run the same command again."
