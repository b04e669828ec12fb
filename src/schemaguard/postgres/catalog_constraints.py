"""The constraints of tables, as the catalog has them."""

from collections.abc import Iterable, Iterator
from typing import Any

from schemaguard.names import Relation
from schemaguard.postgres.catalog_names import Names, expression_of
from schemaguard.schema import Check, Constraint, Exclude, ForeignKey, Unique

_ACTION = (
    "CASE {} WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'"
    " WHEN 'd' THEN 'SET DEFAULT' END"
)
#: MATCH, ON DELETE and ON UPDATE, as people write them. (SET NULL of some columns: since 15.)
_ACTIONS = f"""concat_ws(' ', CASE k.confmatchtype WHEN 'f' THEN 'MATCH FULL' END,
       'ON DELETE ' || {_ACTION.format("k.confdeltype")},
       CASE WHEN k.confdeltype IN ('n', 'd') THEN (
           SELECT '(' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
           FROM jsonb_array_elements_text(nullif(to_jsonb(k) -> 'confdelsetcols', 'null')) AS number
           JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = number::int2
       ) END,
       'ON UPDATE ' || {_ACTION.format("k.confupdtype")})"""

# NOT NULL (contype n, 18) is told with the columns. A key that points to a partitioned table has
# parts of its own that point to the partitions, which no statement can name.
CONSTRAINTS = f"""
SELECT k.conrelid::int8, k.conname, k.contype, k.convalidated, k.condeferrable, k.condeferred, k.conkey,
       t.nspname, f.relname, k.confrelid::int8, k.confkey, pg_get_expr(k.conbin, k.conrelid), {_ACTIONS},
       k.coninhcount > 0, k.connoinherit, k.conislocal,
       coalesce((to_jsonb(k) ->> 'conenforced')::bool, true),
       coalesce((to_jsonb(k) ->> 'conperiod')::bool, false),
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false), (i.indkey::int2[])[i.indnkeyatts:]
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
LEFT JOIN pg_class f ON f.oid = k.confrelid
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_namespace t ON t.oid = f.relnamespace
WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') AND c.relkind IN ('r', 'p', 'f') AND c.relnamespace = ANY (%s)
  AND NOT EXISTS (
      SELECT FROM pg_constraint whole WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid
  )
ORDER BY k.conname
"""


def constraints_of(rows: Iterable[tuple[Any, ...]], names: Names) -> Iterator[Constraint]:
    for table, name, kind, valid, deferrable, deferred, key, *others in rows:
        *target, inherited, own, local, enforced, period, alike, included = others
        schema, target_name, target_oid, target_key, text, actions = target
        columns = names.of(table, key or ())
        match kind:
            case "c":
                expression = expression_of(text, frozenset(columns))
                yield Check(
                    name=name,
                    expression=expression,
                    valid=valid,
                    enforced=enforced,
                    own=own,
                    inherited=inherited,
                    local=local,
                )
            case "f":
                yield ForeignKey(
                    name=name,
                    columns=columns,
                    target=Relation(schema, target_name),
                    # A target in a schema that was not asked for is known by its name alone.
                    target_columns=names.of(target_oid, target_key) if target_oid in names.tables else (),
                    valid=valid,
                    deferrable=deferrable,
                    period=period,
                    deferred=deferred,
                    actions=actions,
                    inherited=inherited,
                    enforced=enforced,
                )
            case "p" | "u":
                yield Unique(
                    name=name,
                    columns=columns,
                    primary=kind == "p",
                    deferrable=deferrable,
                    deferred=deferred,
                    without_overlaps=period,
                    nulls_distinct=not alike,
                    included=names.of(table, included),
                    inherited=inherited,
                )
            case "x":
                yield Exclude(
                    name=name,
                    columns=columns,
                    deferrable=deferrable,
                    deferred=deferred,
                    inherited=inherited,
                )
            case _:
                raise AssertionError(f"constraint {name} of kind {kind}")
