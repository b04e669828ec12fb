"""Views and materialized views of a database, and the columns that they use."""

from collections.abc import Callable

from schemaguard.names import Column, Relation
from schemaguard.schema import ViewState

Rows = Callable[[str], list[tuple[object, ...]]]

VIEWS = """
SELECT CASE WHEN n.oid = pg_my_temp_schema() THEN 'pg_temp' ELSE n.nspname END, c.relname,
       c.relkind = 'm', coalesce(x.used, '{}'),
       ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 ORDER BY attnum)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT array_agg(DISTINCT ARRAY[
               CASE WHEN s.oid = pg_my_temp_schema() THEN 'pg_temp' ELSE s.nspname END,
               r.relname, coalesce(a.attname, '')]) AS used
    FROM pg_rewrite w
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
    JOIN pg_class r ON r.oid = d.refobjid
    JOIN pg_namespace s ON s.oid = r.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid
    WHERE w.ev_class = c.oid
) x ON true
WHERE c.relkind IN ('v', 'm') AND c.relnamespace = ANY (%s)
"""


def read_views(rows: Rows) -> dict[Relation, ViewState]:
    """The views by name."""
    found = {}
    for schema, name, materialized, used, shown in rows(VIEWS):
        columns = frozenset(Column(Relation(s, r), c) for s, r, c in used)  # type: ignore[attr-defined]  # an array
        found[Relation(str(schema), str(name))] = ViewState(
            materialized=bool(materialized),
            uses=columns,
            columns=tuple(shown),  # type: ignore[arg-type]  # an array
        )
    return found
