"""A server on which shadow databases are made: the embedded one, or one that is named."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import ClassVar

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from schemaguard.dataclass import dataclass
from schemaguard.postgres.connect import connect, database_errors, libpq_url
from schemaguard.postgres.embedded import Server, start


@dataclass(frozen=True, slots=True)
class NamedServer:
    """A server at a URL; its role may create databases."""

    throw_away: ClassVar[bool] = False

    url: str

    def dsn(self, dbname: str = "postgres") -> str:
        """What psycopg connects to."""
        return make_conninfo(libpq_url(self.url), dbname=dbname)

    def create_database(
        self, name: str, template: str | None = None, over: psycopg.Connection | None = None
    ) -> str:
        """Make a database; the answer is its DSN. ``over`` is the connection for it; None: one of its own."""
        create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            create += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        with (
            nullcontext(over) if over else connect(self.url) as conn,
            database_errors(f"shadow database {name}"),
        ):
            conn.execute(create)
        return self.dsn(name)


@contextmanager
def shadow_server(url: str | None, major: int | None = None) -> Iterator[NamedServer | Server]:
    """The server at ``url``; without one an embedded server of that major, which ends with the block."""
    if url is not None:
        # What is wrong with it is told before anything is made there.
        connect(url).close()
        yield NamedServer(url)
        return
    with start(major) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Script:
    """Statements that bring an empty database to a schema, and each by itself."""

    statements: tuple[str, ...]

    def __call__(self, conn: psycopg.Connection) -> None:
        """Run them."""
        for statement in self.statements:
            conn.execute(statement.encode())


def built_by(statements: Iterable[str]) -> Script:
    """What runs the statements one after the other."""
    return Script(tuple(statements))


def built_with(before: str | Script, rows: str) -> Script:
    """What brings an empty database to the schema before, and puts these rows into it."""
    return Script((*((before,) if isinstance(before, str) else before.statements), rows))
