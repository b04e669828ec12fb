"""A database's catalog, read as a SchemaState."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from schemaguard.changes.create_index import CreateIndex
from schemaguard.names import Relation
from schemaguard.postgres.catalog_constraints import CONSTRAINTS, constraints_of
from schemaguard.postgres.catalog_names import Names, expression_of
from schemaguard.postgres.catalog_routines import read_routines
from schemaguard.postgres.catalog_sequences import read_sequences
from schemaguard.postgres.catalog_things import read_things
from schemaguard.postgres.catalog_types import type_of, with_types
from schemaguard.postgres.catalog_uses import with_uses
from schemaguard.postgres.catalog_views import read_views
from schemaguard.postgres.repeating import ask
from schemaguard.schema import (
    ColumnState,
    Generated,
    Identity,
    IndexState,
    NotNull,
    Persistence,
    SchemaState,
    TableState,
)
from schemaguard.sql.grammar import read_text

Connection = psycopg.Connection[Any]
Row = tuple[Any, ...]

#: Our own journal's schema is no part of anybody's migrations.
OWN_SCHEMA = "schemaguard"

# This session's temporary tables are in pg_temp; those of others are nobody's concern.
NAMESPACES = """
SELECT oid::int8, CASE WHEN oid = pg_my_temp_schema() THEN 'pg_temp' ELSE nspname END
FROM pg_namespace
WHERE (nspname NOT LIKE 'pg\\_%%' OR oid = pg_my_temp_schema())
  AND nspname NOT IN ('information_schema', %(own)s)
  AND (%(only)s::text[] IS NULL OR nspname = ANY (%(only)s))
"""

# Of a catalog that was never analyzed the planner expects no trigger, and so reads for each table what all
# triggers depend on. OFFSET 0 keeps it to the order that is written.
TABLES = """
SELECT c.oid::int8, c.relnamespace::int8, c.relname,
       ARRAY(SELECT tgname FROM pg_trigger
             WHERE tgrelid = c.oid AND (NOT tgisinternal OR (tgparentid <> 0 AND tgconstraint = 0))),
       c.relpersistence, p.partattrs::int2[], p.partexprs::text,
       ARRAY(SELECT inhparent::int8 FROM pg_inherits WHERE inhrelid = c.oid ORDER BY inhseqno),
       coalesce(pg_get_expr(c.relpartbound, c.oid), ''), p.partstrat,
       ARRAY(SELECT DISTINCT ARRAY[g.tgname, n.nspname, f.proname]
             FROM (SELECT oid, tgname FROM pg_trigger
                   WHERE tgrelid = c.oid AND (NOT tgisinternal OR (tgparentid <> 0 AND tgconstraint = 0))
                   OFFSET 0) g
             CROSS JOIN LATERAL (SELECT refclassid, refobjid FROM pg_depend
                                 WHERE classid = 'pg_trigger'::regclass AND objid = g.oid OFFSET 0) d
             JOIN pg_proc f ON d.refclassid = 'pg_proc'::regclass AND f.oid = d.refobjid
             JOIN pg_namespace n ON n.oid = f.pronamespace),
       ARRAY(SELECT ARRAY[a.attname, t.tgname]
             FROM (SELECT classid, objid, refobjsubid FROM pg_depend
                   WHERE refclassid = 'pg_class'::regclass AND refobjid = c.oid AND refobjsubid > 0
                   OFFSET 0) d
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
             JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid),
       c.relkind = 'f',
       ARRAY(SELECT DISTINCT ARRAY[n.nspname, f.proname]
             FROM pg_depend d
             JOIN pg_proc f ON d.refclassid = 'pg_proc'::regclass AND f.oid = d.refobjid
             JOIN pg_namespace n ON n.oid = f.pronamespace
             WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0),
       coalesce((SELECT s.srvname FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver
                 WHERE f.ftrelid = c.oid), ''),
       coalesce(obj_description(c.oid, 'pg_class'), '')
FROM pg_class c
LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = ANY (%s)
"""

# NOT NULL is a constraint (n) from 18 on; older servers say only that it is so.
COLUMNS = """
SELECT a.attrelid::int8, a.attnum, a.attname,
       format_type(a.atttypid, a.atttypmod), e.typname, n.nspname, t.typcategory = 'A' AND t.typelem <> 0,
       a.attnotnull, k.conname, k.convalidated, k.connoinherit, k.coninhcount > 0, k.conislocal,
       a.attgenerated, a.attidentity, a.attislocal, pg_get_expr(d.adbin, d.adrelid), d.adbin::text,
       coalesce(col_description(a.attrelid, a.attnum), '')
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
JOIN pg_namespace n ON n.oid = e.typnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]
WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

INDEXES = """
SELECT i.indrelid::int8, c.relnamespace::int8, c.relname, i.indkey::int2[], i.indnkeyatts, m.amname,
       i.indisunique, i.indisvalid, i.indpred IS NOT NULL, i.indexprs::text, i.indpred::text,
       (SELECT inhparent::int8 FROM pg_inherits WHERE inhrelid = i.indexrelid), i.indexrelid::int8,
       pg_get_indexdef(i.indexrelid),
       ARRAY(SELECT ARRAY[n.nspname, f.proname]
             FROM pg_depend d
             JOIN pg_proc f ON f.oid = d.refobjid
             JOIN pg_namespace n ON n.oid = f.pronamespace
             WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
               AND d.refclassid = 'pg_proc'::regclass)
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_am m ON m.oid = c.relam
JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relkind IN ('r', 'p', 'f') AND c.relnamespace = ANY (%s)
ORDER BY i.indexrelid
"""

_GENERATED = {"": None, "s": Generated.STORED, "v": Generated.VIRTUAL}
_PERSISTENCE = {"p": Persistence.PERMANENT, "u": Persistence.UNLOGGED, "t": Persistence.TEMPORARY}
_STRATEGY = {"r": "range", "l": "list", "h": "hash"}
_IDENTITY = {"": None, "a": Identity.ALWAYS, "d": Identity.BY_DEFAULT}


def read_schema(conn: Connection, *, schemas: Collection[str] | None = None) -> SchemaState:
    """The tables, indexes and functions of ``schemas``, or of all but the system's and our own."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        only = list(schemas) if schemas is not None else None
        namespaces: dict[int, str] = dict(
            cursor.execute(NAMESPACES, {"own": OWN_SCHEMA, "only": only}).fetchall()
        )

        # No parameter: with one, what is prepared would be planned each time anew.
        wanted = f"'{{{','.join(map(str, namespaces))}}}'"

        def rows(query: str) -> list[Row]:
            return ask(cursor, query.replace("%s", wanted))

        tables = _assembled(namespaces, rows(TABLES), rows(COLUMNS), rows(CONSTRAINTS), rows(INDEXES))
        return with_uses(
            replace(
                with_types(tables, rows),
                functions=read_routines(rows),
                things=read_things(rows),
                views=read_views(rows),
                sequences=read_sequences(rows),
            ),
            rows,
        )


def _assembled(
    namespaces: Mapping[int, str],
    tables: list[Row],
    columns: list[Row],
    constraints: list[Row],
    indexes: list[Row],
) -> SchemaState:
    numbered: dict[int, dict[int, str]] = defaultdict(dict)
    for table, number, name, *_ in columns:
        numbered[table][number] = name
    names = Names({oid: Relation(namespaces[n], name) for oid, n, name, *_ in tables}, numbered)
    of_index = {row[-3]: Relation(namespaces[row[1]], row[2]) for row in indexes}
    columns_by, constraints_by = _by_table(columns), _by_table(constraints)
    return SchemaState(
        tables={
            names.tables[oid]: TableState(
                columns=tuple(_column(row, names) for row in columns_by[oid]),
                constraints=tuple(sorted(constraints_of(constraints_by[oid], names), key=lambda c: c.name)),
                triggers=frozenset(triggers),
                persistence=_PERSISTENCE[lasts],
                partitioned_by=_partition_key(oid, key, exprs, names),
                parents=tuple(names.tables[parent] for parent in parents if parent in names.tables),
                bound=bound,
                strategy=_STRATEGY.get(strategy, ""),
                computed_key=bool(exprs),
                calls=frozenset((trigger, Relation(*function)) for trigger, *function in calls),
                needed=frozenset((column, trigger) for column, trigger in needed),
                foreign=foreign,
                key_calls=frozenset(Relation(*function) for function in called),
                server=server,
                comment=comment,
            )
            for (
                oid,
                _,
                _,
                triggers,
                lasts,
                key,
                exprs,
                parents,
                bound,
                strategy,
                calls,
                needed,
                foreign,
                called,
                server,
                comment,
            ) in (tables)
        },
        indexes={
            Relation(namespaces[namespace], name): _index(table, rest, names, of_index)
            for table, namespace, name, *rest in indexes
            if table in names.tables
        },
        complete=True,
    )


def _partition_key(
    table: int, numbers: list[int] | None, expressions: str | None, names: Names
) -> frozenset[str] | None:
    if numbers is None:
        return None
    return frozenset(names.of(table, numbers)) | names.within(table, expressions)


def _by_table(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _column(row: Row, names: Names) -> ColumnState:
    table, _, name, spelled, type_, namespace, array, *rest = row
    not_null, constraint, valid, own, inherited, defined, generated, identity, local, *rest = rest
    default, tree, comment = rest
    how = NotNull(name=constraint, valid=valid, own=own, inherited=inherited, local=defined)
    return ColumnState(
        name=name,
        type=type_of(spelled, type_, namespace, array=array),
        not_null=not_null,
        not_null_as=how if constraint else NotNull(),
        default=expression_of(default, names.within(table, tree)) if default is not None else None,
        generated=_GENERATED[generated],
        identity=_IDENTITY[identity],
        local=local,
        comment=comment,
    )


@lru_cache(maxsize=4096)
def _labels(definition: str) -> tuple[str, ...]:
    """What PostgreSQL would make the name of an index like this of."""
    match read_text(definition):
        case (CreateIndex(index=index),):
            return index.labels
        case _:
            return ()


def _index(table: int, row: list[Any], names: Names, of_index: Mapping[int, Relation]) -> IndexState:
    numbers, keys, method, unique, valid, partial, expressions, predicate, whole, _, definition, calls = row
    return IndexState(
        table=names.tables[table],
        columns=tuple(names.columns[table].get(number) for number in numbers[:keys]),
        method=method,
        unique=unique,
        valid=valid,
        also=frozenset(names.of(table, numbers[keys:])) | names.within(table, expressions, predicate),
        partial=partial,
        part_of=of_index.get(whole),
        calls=frozenset(Relation(schema, name) for schema, name in calls),
        labels=_labels(definition),
        definition=definition,
    )
