"""Users' types, read from a database."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from schemaguard.column_types import Type, user_type
from schemaguard.names import Relation
from schemaguard.schema import (
    Check,
    CompositeState,
    DomainState,
    EnumState,
    Expression,
    OtherType,
    SchemaState,
    TypeState,
)
from schemaguard.sql.cursor import over
from schemaguard.sql.expressions import facts
from schemaguard.sql.lexer import tokens
from schemaguard.sql.reject import Reject
from schemaguard.sql.type_names import type_name

Row = tuple[Any, ...]

#: Neither the types of rows and arrays, which come with others, nor those of extensions.
TYPES = """
SELECT t.oid::int8, n.nspname, t.typname, CASE WHEN t.typisdefined THEN t.typtype ELSE 'p' END,
       ARRAY(SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)::text[],
       t.typnotnull, t.typdefault
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typnamespace = ANY (%s)
  AND (t.typtype <> 'c' OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
  AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
"""

#: What domains are over, composite types consist of, ranges are ranges of, multiranges sets of. OFFSET 0:
#: these are few, each table has a type, and of a catalog that was never analyzed the planner begins with
#: those.
PARTS = """
SELECT p.owner::int8, p.name, format_type(p.part, p.modifier), e.typname, n.nspname,
       t.typcategory = 'A' AND t.typelem <> 0
FROM (
    SELECT oid AS owner, '' AS name, 0 AS place, typbasetype AS part, typtypmod AS modifier
    FROM pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT c.reltype, a.attname, a.attnum, a.atttypid, a.atttypmod
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'c' AND NOT a.attisdropped
    UNION ALL
    SELECT rngtypid, '', 0, rngsubtype, NULL FROM pg_range
    UNION ALL
    SELECT rngmultitypid, '', 0, rngtypid, NULL FROM pg_range
) p
CROSS JOIN LATERAL (SELECT typnamespace FROM pg_type WHERE oid = p.owner OFFSET 0) o
JOIN pg_type t ON t.oid = p.part
JOIN pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
JOIN pg_namespace n ON n.oid = e.typnamespace
WHERE o.typnamespace = ANY (%s)
ORDER BY p.owner, p.place
"""

DOMAIN_CONSTRAINTS = """
SELECT k.contypid::int8, k.conname, k.contype, k.convalidated, pg_get_expr(k.conbin, 0)
FROM pg_constraint k
JOIN pg_type t ON t.oid = k.contypid
WHERE t.typnamespace = ANY (%s)
ORDER BY k.conname
"""

TYPED_TABLES = """
SELECT cn.nspname, c.relname, tn.nspname, t.typname
FROM pg_class c
JOIN pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_type t ON t.oid = c.reloftype
JOIN pg_namespace tn ON tn.oid = t.typnamespace
WHERE c.relnamespace = ANY (%s)
"""

_MODIFIERS = re.compile(r"\(([^()]*)\)(?:\[\])?\Z")
_KINDS = {"r": "range", "m": "multirange", "b": "base", "p": "shell"}


@lru_cache(maxsize=4096)
def type_of(spelled: str, name: str, namespace: str, *, array: bool) -> Type:
    """The type as ``format_type`` spelled it, which may be an array of the one of that name."""
    if namespace == "pg_catalog":
        return type_name(over(spelled, tokens(spelled)))
    # Spelled with the schema or without, as the session's search_path has it.
    modifiers = _MODIFIERS.search(spelled)
    return Type(user_type(namespace, name), tuple(modifiers[1].split(",")) if modifiers else (), array)


def with_types(schema: SchemaState, rows: Callable[[str], list[Row]]) -> SchemaState:
    """The schema with its types. ``rows`` runs a query with the namespaces for its %s."""
    parts: dict[int, list[tuple[str, Type]]] = defaultdict(list)
    for owner, name, spelled, type_, namespace, array in rows(PARTS):
        parts[owner].append((name, type_of(spelled, type_, namespace, array=array)))
    constraints: dict[int, list[Row]] = defaultdict(list)
    for owner, *row in rows(DOMAIN_CONSTRAINTS):
        constraints[owner].append(tuple(row))
    types = {
        Relation(namespace, name): _type(row, tuple(parts[oid]), constraints[oid])
        for oid, namespace, name, *row in rows(TYPES)
    }
    tables = dict(schema.tables)
    for table_schema, table, type_schema, type_ in rows(TYPED_TABLES):
        name = Relation(table_schema, table)
        if name in tables:
            tables[name] = replace(tables[name], of_type=Relation(type_schema, type_))
    return replace(schema, types=types, tables=tables)


def _type(row: list[Any], parts: tuple[tuple[str, Type], ...], constraints: list[Row]) -> TypeState:
    kind, labels, not_null, default = row
    match kind:
        case "e":
            return EnumState(values=tuple(labels))
        case "c":
            return CompositeState(attributes=parts)
        case "d":
            return DomainState(
                base=parts[0][1],
                not_null=not_null,
                not_null_name=next((name for name, type_, *_ in constraints if type_ == "n"), ""),
                default=_expression(default) if default is not None else None,
                checks=tuple(
                    Check(name=name, expression=_expression(text), valid=valid)
                    for name, type_, valid, text in constraints
                    if type_ == "c"
                ),
            )
        case _:
            return OtherType(kind=_KINDS[kind], over=parts[0][1] if parts else None)


def _expression(text: str) -> Expression:
    """A domain's default or condition: no column can be in it."""
    try:
        return replace(facts(text), columns=frozenset(), proves_present=frozenset())
    except Reject:
        return Expression(text=text)
