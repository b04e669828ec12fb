"""Asks servers how volatile the functions of their extensions are, for ``extension_functions.py``.

    python bench/extension_functions.py             every PostgreSQL found on this machine
    python bench/extension_functions.py --check     exit 1 where the table says less than a server

Only extensions whose functions compute a value of what they are given. Of a name with several functions the
most volatile counts, over all majors asked; what the table has from others stays in it.
"""

import sys
from pathlib import Path

import psycopg
from function_volatility import settle

from schemaguard.postgres import embedded

TABLE = Path(__file__).parent.parent / "src/schemaguard/extension_functions.json"
#: None that reads relations or runs what it is given (dblink, tablefunc, xml2, pgstattuple...), and
#: none for administrators.
EXTENSIONS = (
    "btree_gin btree_gist citext cube earthdistance fuzzystrmatch hstore intagg intarray isn ltree pg_trgm"
    " pgcrypto seg sslinfo unaccent uuid-ossp vector"
).split()
QUERY = """
SELECT proname, max(CASE provolatile WHEN 'i' THEN 0 WHEN 's' THEN 1 ELSE 2 END)
FROM pg_proc
JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
JOIN pg_extension ON pg_extension.oid = refobjid
WHERE prokind <> 'p' AND extname = ANY (%s)
  AND prorettype NOT IN ('internal'::regtype, 'trigger'::regtype, 'cstring'::regtype)
  AND NOT proargtypes::oid[] && ARRAY['internal'::regtype, 'cstring'::regtype]::oid[]
GROUP BY proname
"""


def ask(major: int) -> dict[str, int]:
    """The volatility of each name: 0 immutable, 1 stable, 2 volatile."""
    with embedded.start(major) as server, psycopg.connect(server.dsn(), autocommit=True) as connection:
        there = {name for (name,) in connection.execute("SELECT name FROM pg_available_extensions")}
        for name in sorted(there & set(EXTENSIONS)):
            connection.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE')
        return dict(connection.execute(QUERY, (EXTENSIONS,)).fetchall())


if __name__ == "__main__":
    sys.exit(settle(TABLE, ask))
