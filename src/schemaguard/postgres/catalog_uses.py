"""What the objects of a database use that are kept as queries or expressions: columns and functions."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from schemaguard.names import Column, Relation
from schemaguard.schema import SchemaState

Rows = Callable[[str], list[tuple[Any, ...]]]

#: Who uses it: a rule (that of a view is called _RETURN), policy or statistics with its table, or a function
#: by its number; then a column ("": the whole relation), or a function. OFFSET 0: what uses something is less
#: than what can be used, and the planner of a catalog that was never analyzed begins with the latter.
USES = """
SELECT w.kind, w.name, wn.nspname, wc.relname,
       CASE WHEN rn.oid = pg_my_temp_schema() THEN 'pg_temp' ELSE rn.nspname END,
       coalesce(r.relname, f.proname), coalesce(a.attname, ''), f.oid IS NOT NULL
FROM (
    SELECT 'pg_rewrite'::regclass AS class, oid, 'rule' AS kind, rulename::text AS name, ev_class AS of
    FROM pg_rewrite
    UNION ALL
    SELECT 'pg_policy'::regclass, oid, 'policy', polname, polrelid FROM pg_policy
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, s.oid, 'statistics', n.nspname || '.' || s.stxname, s.stxrelid
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
) w
CROSS JOIN LATERAL (SELECT relname, relnamespace FROM pg_class WHERE oid = w.of OFFSET 0) wc
JOIN pg_namespace wn ON wn.oid = wc.relnamespace
JOIN pg_depend d ON d.classid = w.class AND d.objid = w.oid
LEFT JOIN pg_class r ON d.refclassid = 'pg_class'::regclass AND r.oid = d.refobjid
LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = d.refobjsubid
LEFT JOIN pg_proc f ON d.refclassid = 'pg_proc'::regclass AND f.oid = d.refobjid
JOIN pg_namespace rn ON rn.oid = coalesce(r.relnamespace, f.pronamespace)
WHERE wc.relnamespace = ANY (%s) AND (d.refobjsubid > 0 OR r.oid IS DISTINCT FROM w.of)
"""


def with_uses(schema: SchemaState, rows: Rows) -> SchemaState:
    """The schema, in which views, rules, policies and statistics are known by what they use."""
    uses, calls = defaultdict[Any, set[Column]](set), defaultdict[Any, set[Relation]](set)
    for kind, name, own_schema, own, namespace, what, column, function in rows(USES):
        who = (kind, name, Relation(own_schema, own))
        if function:
            calls[who].add(Relation(namespace, what))
        else:
            uses[who].add(Column(Relation(namespace, what), column))

    def of(who: Any) -> tuple[frozenset[Column], frozenset[Relation]]:
        return frozenset(uses[who]), frozenset(calls[who])

    views = {}
    for name, view in schema.views.items():
        views[name] = replace(view, calls=of(("rule", "_RETURN", name))[1])
    things = set()
    for thing in schema.things:
        used, called = of((thing.kind, thing.name, thing.table))
        things.add(replace(thing, uses=used, calls=called) if used or called else thing)
    return replace(schema, views=views, things=frozenset(things))
