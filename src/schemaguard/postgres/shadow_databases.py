"""Shadow databases: made for a check, and dropped whatever happens."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from itertools import count
from os import getpid
from time import monotonic, sleep
from typing import Protocol

import psycopg
from psycopg import sql

from schemaguard.errors import DatabaseError
from schemaguard.postgres.connect import connect
from schemaguard.postgres.make_rows import ROWS, Rows, make_rows

#: The schema before a release: a script, or what brings an empty database there.
Builder = Callable[[psycopg.Connection], None]

_numbers = count(1)
# Of GRANT and of SET ROLE.
_MISSING = ("42704", "22023")
_NO_ROLE = re.compile(r'role "(.+)" does not exist\Z', re.DOTALL)


class Servers(Protocol):
    """A server on which databases can be made and dropped."""

    @property
    def throw_away(self) -> bool:
        """Whether it is gone when we are: what is made on it bothers nobody."""

    def dsn(self, dbname: str = "postgres") -> str:
        """What psycopg connects to."""

    def create_database(
        self, name: str, template: str | None = None, over: psycopg.Connection | None = None
    ) -> str:
        """Make a database; the answer is its DSN. ``over`` is the connection for it; None: one of its own."""


@contextmanager
def shadow_database(
    server: Servers, template: str | None = None, over: psycopg.Connection | None = None
) -> Iterator[str]:
    """The name of a new database. ``over`` is the connection that it is made over; None: one of its own."""
    name = f"schemaguard_shadow_{getpid()}_{next(_numbers)}"
    try:
        if template is not None:
            with _over(server, over) as conn:
                until_left(conn, template)
        server.create_database(name, template, over)
        yield name
    except psycopg.OperationalError as error:
        raise DatabaseError(f"the server of the shadow database was lost: {error}") from error
    finally:
        # Where the server is gone, so is the database.
        with suppress(psycopg.OperationalError), _over(server, over) as conn:
            until_left(conn, name)
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _over(server: Servers, conn: psycopg.Connection | None) -> AbstractContextManager[psycopg.Connection]:
    return nullcontext(conn) if conn else psycopg.connect(server.dsn(), autocommit=True)


def until_left(conn: psycopg.Connection, database: str) -> None:
    """Wait until the server has seen that sessions on the database have ended, a tenth of a second at most.

    So long it waits by itself, at once, where one is still there when the database is copied or dropped.
    """
    asked = "SELECT FROM pg_stat_activity WHERE datname = %s"
    deadline = monotonic() + 0.1
    while conn.execute(asked, (database,)).fetchone() is not None and monotonic() < deadline:
        sleep(0.002)


def ensure_role(server: Servers, name: str) -> bool:
    """Whether the role is there; on a server of our own it then is."""
    with connect(server.dsn()) as conn:
        if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
            return True
        if server.throw_away:
            conn.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
        return server.throw_away


def make_role(conn: psycopg.Connection, server: Servers, error: psycopg.Error | None) -> bool:
    """Whether the error was that a role is not there, on a server of our own, and it is there now."""
    if error is None or error.sqlstate not in _MISSING or not server.throw_away:
        return False
    missing = _NO_ROLE.match(error.diag.message_primary or "")
    if missing:
        conn.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(missing[1])))
    return missing is not None


def build(server: Servers, name: str, before: str | Builder, each: int = ROWS, *, spare: int = 0) -> Rows:
    """Bring the empty database to the schema before the release, and fill each table with rows.

    ``spare``: of how many more rows each is thought, which are not there.
    """
    while (error := _build(server, name, before)) is not None:
        with connect(server.dsn()) as conn:
            if not make_role(conn, server, error):
                told = f"{error.sqlstate} {str(error).splitlines()[0]}"
                raise DatabaseError(
                    f"the schema before the release cannot be built: {told}",
                    advice="run the earlier migrations on an empty database and see what they need",
                ) from error
            conn.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        server.create_database(name)
    with connect(server.dsn(name)) as conn:
        return make_rows(conn, each, spare=spare)


def _build(server: Servers, name: str, before: str | Builder) -> psycopg.Error | None:
    """What the server has against it."""
    with connect(server.dsn(name)) as conn:
        try:
            if isinstance(before, str):
                conn.execute(before.encode())
            else:
                before(conn)
        except psycopg.Error as error:
            return error
    return None
