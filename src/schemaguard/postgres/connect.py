"""Connections to PostgreSQL, and its refusals in our own words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from schemaguard.errors import DatabaseError
from schemaguard.names import quote
from schemaguard.postgres.repeating import Repeating

APPLICATION_NAME = "schemaguard"

_DRIVER = re.compile(r"\A(postgres(?:ql)?)\+([a-z0-9_]+)://")
_ASYNCPG_SSL = re.compile(r"(?<=[?&])ssl=")
# A password in a URL, in its query, and in a string of key = value.
_SECRETS = (
    re.compile(r"(?<=://)([^:/@]*):[^/]*@"),
    re.compile(r"([?&](?:ssl)?password)=[^&]*", re.IGNORECASE),
    re.compile(r"((?:\A|\s)(?:ssl)?password)\s*=\s*(?:'(?:\\.|[^'\\])*'|\S*)", re.IGNORECASE),
)
_QUOTED = re.compile(r'".*"', re.DOTALL)
_MASKS = (r"\1:***@", r"\1=***", r"\1=***")


def libpq_url(url: str) -> str:
    """The URL as libpq reads it: SQLAlchemy's ``postgresql+driver://`` loses its driver."""
    driver = _DRIVER.match(url)
    if driver and driver[2] == "asyncpg":
        url = _ASYNCPG_SSL.sub("sslmode=", url)
    return _DRIVER.sub(r"\1://", url)


def shown(url: str) -> str:
    """The URL, or what else names a database, without its passwords, for messages."""
    if not url:
        return "the database that PGHOST, PGSERVICE and the like name"
    text = url
    for pattern, mask in zip(_SECRETS, _MASKS, strict=True):
        text = pattern.sub(mask, text)
    try:
        parts = conninfo_to_dict(libpq_url(url))
    except psycopg.ProgrammingError:
        parts = None
    if parts is None or _is_torn(url):
        # Nobody knows where in it a password is.
        return "the given database URL"
    secrets = (parts.get("password"), parts.get("sslpassword"))
    hidden = any(secret and str(secret) in text.replace("***", "") for secret in secrets)
    return "the given database URL" if hidden else text


def _is_torn(url: str) -> bool:
    """Whether libpq takes a part of the password for the host: it has an @ that is not written as %40."""
    return "://" in url and url.split("?", 1)[0].count("@") > 1


def connect(
    url: str, *, role: str = "", application_name: str = APPLICATION_NAME, repeats: bool = False
) -> psycopg.Connection:
    """An autocommit connection. DatabaseError where there is none to be had.

    ``url`` is whatever libpq takes; "": what its environment variables say. ``role`` is what the session
    becomes first of all; "": who logs in. One that ``repeats`` has the server plan once what is asked
    again and again.
    """
    try:
        conn = (Repeating if repeats else psycopg.Connection).connect(
            libpq_url(url),
            autocommit=True,
            application_name=application_name,
            connect_timeout=10,
            prepare_threshold=None,
            # Of a database whose own is SQL_ASCII psycopg would give bytes.
            client_encoding="UTF8",
        )
    except psycopg.ProgrammingError as error:
        # What libpq quotes of it may be a part of the password.
        raise DatabaseError(
            f"{shown(url)} is not a database URL: {_QUOTED.sub('...', _line(error))}",
            advice="Write it as postgresql://user@host:5432/name, with % for special characters,"
            " or as host=... dbname=...",
        ) from error
    except psycopg.OperationalError as error:
        raise DatabaseError(
            f"no connection to {shown(url)}:"
            f" {'it has several @; write those of a password as %40' if _is_torn(url) else _line(error)}",
            advice="Check that the server runs, and the URL's host, port, user and database.",
        ) from error
    if role:
        _become(conn, role)
    return conn


def _become(conn: psycopg.Connection, role: str) -> None:
    user = conn.info.user
    try:
        conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    except psycopg.Error as error:
        conn.close()
        raise DatabaseError(
            f"{user} cannot become role {role}: {_line(error)}",
            advice=f"Let it be a member: GRANT {quote(role)} TO {quote(user)};"
            if isinstance(error, errors.InsufficientPrivilege)
            else "Name one that exists: --role, or `role` in the settings.",
        ) from error


@contextmanager
def another(conn: psycopg.Connection, *, autocommit: bool = True) -> Iterator[psycopg.Connection]:
    """A second session, as who logged in for the first one, on its database."""
    # The DSN keeps no password.
    url = make_conninfo(conn.info.dsn, password=conn.info.password or None, connect_timeout=10)
    with psycopg.connect(
        url, autocommit=autocommit, application_name=APPLICATION_NAME, prepare_threshold=None
    ) as other:
        yield other


@contextmanager
def beside(conn: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """Another session, with the role that the first one has become."""
    with another(conn) as other:
        row = conn.execute("SELECT current_user, session_user").fetchone()
        if row and row[0] != row[1]:
            _become(other, row[0])
        yield other


def settled(conn: psycopg.Connection) -> bool:
    """Whether the session can be told something: what Ctrl-C has interrupted is ended before."""
    status = psycopg.pq.TransactionStatus
    if conn.closed:
        return False
    with suppress(psycopg.Error):
        if conn.info.transaction_status is status.ACTIVE:
            conn.cancel()
            while conn.pgconn.get_result() is not None:
                pass
        if conn.info.transaction_status in (status.INTRANS, status.INERROR):
            conn.rollback()
    return conn.info.transaction_status is status.IDLE


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
