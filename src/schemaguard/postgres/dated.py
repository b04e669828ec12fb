"""Columns that came with a default which tells of the moment: what old rows got of it is no truth of theirs.

``ADD COLUMN made timestamptz DEFAULT now()`` gives every old row the time of the migration, and ``DEFAULT
current_user`` whoever ran it. Whether code that reads the column copes with that, no statement tells.
"""

import psycopg

from schemaguard.compat.workload import Query
from schemaguard.sql.lexer import tokens

#: Functions that are volatile, and tell the time all the same; those that make numbers are meant to differ.
_CLOCKS = ("clock_timestamp", "timeofday")

COLUMNS = """
SELECT format('%s.%s', n.nspname, c.relname), a.attname::text,
       coalesce(d.adbin::text ~ '{{SQLVALUEFUNCTION' OR EXISTS (
           SELECT FROM regexp_matches(d.adbin::text, ':funcid (\\d+)', 'g') AS found
           JOIN pg_proc p ON p.oid = found[1]::oid WHERE p.provolatile = 's' OR p.proname IN ({clocks})
       ), false)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
""".format(clocks=", ".join(f"'{name}'" for name in _CLOCKS))

#: A table and its column.
Named = tuple[str, str]


def columns_of(conn: psycopg.Connection) -> dict[Named, bool]:
    """All columns, ``schema.table`` and name, and whether their default tells of the moment."""
    return {(table, column): dated for table, column, dated in conn.execute(COLUMNS)}


def dated_since(then: dict[Named, bool], now: dict[Named, bool], moved: frozenset[str]) -> frozenset[Named]:
    """The columns that older tables have got with such a default; not those that were filled afterwards."""
    older = {table for table, _ in then}
    return frozenset(
        (table, column)
        for (table, column), dated in now.items()
        if dated and (table, column) not in then and table in older and f"{table}.{column}" not in moved
    )


def doubt(query: Query, tables: frozenset[str], dated: frozenset[Named]) -> str:
    """What the code may take for the truth of old rows; "": nothing that is known of."""
    words = {token.text.strip('"').lower() for token in tokens(query.sql)}
    for table, column in sorted(dated):
        if table in tables and column.lower() in words and query.kind != "insert":
            return f"{column} of {table} tells of old rows when it was added, and nothing has filled it since"
    return ""
