"""Sequences of a database, and the columns with which they go."""

from collections.abc import Callable

from schemaguard.names import Column, Relation
from schemaguard.schema import SequenceState

Rows = Callable[[str], list[tuple[object, ...]]]

SEQUENCES = """
SELECT CASE WHEN n.oid = pg_my_temp_schema() THEN 'pg_temp' ELSE n.nspname END, c.relname,
       CASE WHEN m.oid = pg_my_temp_schema() THEN 'pg_temp' ELSE m.nspname END, t.relname, a.attname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                     AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
LEFT JOIN pg_class t ON t.oid = d.refobjid
LEFT JOIN pg_namespace m ON m.oid = t.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE c.relkind = 'S' AND c.relnamespace = ANY (%s)
"""


def read_sequences(rows: Rows) -> dict[Relation, SequenceState]:
    """The sequences by name."""
    return {
        Relation(str(schema), str(name)): SequenceState(
            owned_by=None if column is None else Column(Relation(str(of), str(table)), str(column))
        )
        for schema, name, of, table, column in rows(SEQUENCES)
    }
