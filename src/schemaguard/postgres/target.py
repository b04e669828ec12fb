"""What a live database tells lint: its schema, version, settings and sizes, read and nothing else."""

from psycopg import sql
from psycopg.rows import tuple_row

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.postgres.catalog import OWN_SCHEMA, Connection, read_schema
from schemaguard.postgres.connect import connect, database_errors
from schemaguard.schema import SchemaState
from schemaguard.server import Server
from schemaguard.settings import Timeouts

# To read a size takes an ACCESS SHARE lock, for which nobody is to queue behind a migration.
PATIENCE = "SET lock_timeout = '2s'; SET statement_timeout = '60s'"
SESSION = """
SELECT current_setting('TimeZone'),
       array_to_string(ARRAY(SELECT quote_ident(name) FROM unnest(current_schemas(false)) AS name), ', ')
"""
MILLISECONDS = (
    "SELECT name, setting::int8 FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout')"
)

# A partitioned table has the rows of all its partitions. What has never been analyzed (reltuples -1) has an
# unknown number of rows, unless it is empty; otherwise rows grow with the pages, as the planner has it.
SIZES = """
WITH RECURSIVE below (top, oid) AS (
    SELECT c.oid, c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\\_%'
      AND n.nspname NOT IN ('information_schema', {own})
    UNION
    SELECT b.top, i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.oid
), sized AS (
    SELECT b.top, c.relkind, c.reltuples, c.relpages, pg_table_size(c.oid) AS bytes,
           pg_relation_size(c.oid) / current_setting('block_size')::int8 AS pages
    FROM below b JOIN pg_class c ON c.oid = b.oid
), counted AS (
    SELECT top, bytes,
           CASE WHEN relkind = 'p' OR pages = 0 THEN 0
                WHEN reltuples >= 0 AND relpages > 0 THEN reltuples / relpages * pages END AS tuples
    FROM sized
)
SELECT n.nspname, t.relname, sum(c.bytes)::int8,
       CASE WHEN count(c.tuples) = count(*) THEN round(sum(c.tuples))::int8 END
FROM counted c JOIN pg_class t ON t.oid = c.top JOIN pg_namespace n ON n.oid = t.relnamespace
GROUP BY n.nspname, t.relname
"""

VERSION_TABLES = """
SELECT n.nspname, c.relname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'version_num' AND a.atttypid = 'varchar'::regtype
WHERE c.relname = 'alembic_version' AND c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A database as it is now."""

    schema: SchemaState
    server: Server
    #: The defaults of the role.
    timeouts: Timeouts
    #: The schemas of the role's search path that exist; "": none.
    search_path: str
    #: What Alembic's version table says; (): there is none, or nothing is in it.
    revisions: tuple[str, ...] = ()


def read_target(url: str) -> Target:
    """Read the database in one read-only transaction. DatabaseError where that cannot be done."""
    with connect(url) as conn, database_errors("reading the database"):
        major, minor = divmod(conn.info.server_version, 10_000)
        zone, path, timeouts = _settings(conn)
        conn.execute(PATIENCE)
        with conn.transaction():
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            schema = read_schema(conn)
            rows, sizes = _sizes(conn)
            found = revisions(conn)
    server = Server(major=major, minor=minor, time_zone=zone, rows=rows, bytes=sizes)
    return Target(schema=schema, server=server, timeouts=timeouts, search_path=path, revisions=found)


def _settings(conn: Connection) -> tuple[str, str, Timeouts]:
    with conn.cursor(row_factory=tuple_row) as cursor:
        [(zone, path)] = cursor.execute(SESSION).fetchall()
        found: dict[str, int] = dict(cursor.execute(MILLISECONDS).fetchall())
    return zone, path, Timeouts(lock=found["lock_timeout"], statement=found["statement_timeout"])


def _sizes(conn: Connection) -> tuple[dict[Relation, int], dict[Relation, int]]:
    query = sql.SQL(SIZES).format(own=sql.Literal(OWN_SCHEMA))
    rows: dict[Relation, int] = {}
    sizes: dict[Relation, int] = {}
    with conn.cursor(row_factory=tuple_row) as cursor:
        for schema, name, size, tuples in cursor.execute(query).fetchall():
            sizes[Relation(schema, name)] = size
            if tuples is not None:
                rows[Relation(schema, name)] = tuples
    return rows, sizes


def revisions(conn: Connection) -> tuple[str, ...]:
    """What Alembic's version tables say, in whatever schema."""
    found: list[str] = []
    with conn.cursor(row_factory=tuple_row) as cursor:
        for table in cursor.execute(VERSION_TABLES).fetchall():
            query = sql.SQL("SELECT version_num FROM {} ORDER BY 1").format(sql.Identifier(*table))
            found += [revision for (revision,) in cursor.execute(query).fetchall()]
    return tuple(found)
