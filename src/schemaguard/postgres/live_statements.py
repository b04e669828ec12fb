"""What a live server says it was asked: the texts that ``pg_stat_statements`` has collected."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors, sql

from schemaguard.dataclass import dataclass
from schemaguard.errors import DatabaseError, UsageError
from schemaguard.postgres.connect import connect, database_errors

_HIDDEN = "<insufficient privilege>"
_TEXTS = """
SELECT DISTINCT query FROM {schema}.pg_stat_statements AS s
WHERE toplevel
  AND dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND (%(user)s::text IS NULL OR userid = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = %(user)s))
"""


@dataclass(frozen=True, slots=True)
class LiveStatements:
    """Of one database, and of one user of it or of all."""

    conn: psycopg.Connection
    #: None: the server has lost it.
    texts: tuple[str | None, ...]
    #: Whether there were more than the server keeps.
    evicted: bool

    def refused(self, text: str) -> str | None:
        """What the server says against a text, which it reads and does not execute."""
        answer = self.conn.pgconn.prepare(b"", text.encode())
        if answer.status == psycopg.pq.ExecStatus.COMMAND_OK:
            return None
        field = psycopg.pq.DiagnosticField.MESSAGE_PRIMARY
        return (answer.error_field(field) or b"").decode(errors="replace")


@contextmanager
def live_statements(url: str, user: str) -> Iterator[LiveStatements]:
    """Those of the database that ``url`` names; ``user``: "" for all."""
    with connect(url) as conn, database_errors("reading pg_stat_statements"):
        conn.execute(
            "SET default_transaction_read_only = on; SET lock_timeout = '2s'; SET statement_timeout = '60s'"
        )
        schema = sql.Identifier(_schema(conn))
        if user and not conn.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", [user]).rowcount:
            raise UsageError(f"there is no user {user} on this server")
        found = conn.execute(sql.SQL(_TEXTS).format(schema=schema), {"user": user or None}).fetchall()
        texts = [row[0] for row in found]
        if _HIDDEN in texts:
            raise DatabaseError(
                f"{conn.info.user} may not see what other users have asked",
                advice=f"GRANT pg_read_all_stats TO {conn.info.user}; or connect as the user of --user",
            )
        info = sql.SQL("SELECT dealloc > 0 FROM {}.pg_stat_statements_info").format(schema)
        row = conn.execute(info).fetchone()
        yield LiveStatements(conn, tuple(sorted(texts, key=str)), evicted=bool(row and row[0]))


def _schema(conn: psycopg.Connection) -> str:
    """The schema of the extension, if it works."""
    asked = (
        "SELECT nspname FROM pg_catalog.pg_extension "
        "JOIN pg_catalog.pg_namespace n ON n.oid = extnamespace WHERE extname = %s"
    )
    row = conn.execute(asked, ["pg_stat_statements"]).fetchone()
    if row is None:
        raise DatabaseError(
            f"the database {conn.info.dbname} does not have the extension pg_stat_statements",
            advice="CREATE EXTENSION pg_stat_statements; on a server with it in shared_preload_libraries, "
            "and let the application work for some time",
        )
    schema = str(row[0])
    try:
        conn.execute(
            sql.SQL("SELECT toplevel FROM {}.pg_stat_statements LIMIT 0").format(sql.Identifier(schema))
        )
        conn.execute(sql.SQL("SELECT dealloc FROM {}.pg_stat_statements_info").format(sql.Identifier(schema)))
    except errors.ObjectNotInPrerequisiteState as error:
        raise DatabaseError(
            "this server does not collect statements",
            advice="Put pg_stat_statements into shared_preload_libraries and restart it.",
        ) from error
    except (errors.UndefinedColumn, errors.UndefinedTable) as error:
        raise DatabaseError(
            "pg_stat_statements is of a version before that of its server",
            advice="ALTER EXTENSION pg_stat_statements UPDATE;",
        ) from error
    return schema
