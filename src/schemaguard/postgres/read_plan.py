"""What a plan tells of a statement: which tables it reads and writes, and what it leaves NULL."""

from collections.abc import Iterator, Mapping

import psycopg

from schemaguard.compat.observation import Planned
from schemaguard.dataclass import dataclass

NOT_NULL = """
SELECT n.nspname, c.relname, array_agg(coalesce(a.attname, '') ORDER BY a.attnum),
       array_agg(a.attnotnull AND a.attgenerated = '' AND NOT a.attisdropped ORDER BY a.attnum),
       EXISTS (SELECT 1 FROM pg_trigger t
               WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND (t.tgtype & 7) = 7),
       coalesce((SELECT array_agg(k.attname::text ORDER BY array_position(i.indkey::int2[], k.attnum))
                 FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey)
                 WHERE i.indrelid = c.oid AND i.indisprimary), '{}')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relkind IN ('r', 'p', 'v') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
GROUP BY c.oid, n.nspname, c.relname
"""


REFERRING = """
WITH RECURSIVE refers(target, source) AS (
    SELECT confrelid, conrelid FROM pg_constraint WHERE contype = 'f'
  UNION
    SELECT refers.target, k.conrelid FROM refers JOIN pg_constraint k ON k.confrelid = refers.source
    WHERE k.contype = 'f'
)
SELECT tn.nspname || '.' || t.relname, array_agg(DISTINCT sn.nspname || '.' || s.relname)
FROM refers
JOIN pg_class t ON t.oid = refers.target JOIN pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_class s ON s.oid = refers.source JOIN pg_namespace sn ON sn.oid = s.relnamespace
GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class RelationFacts:
    """What is known of a relation at this state; columns in order of their numbers, dropped ones too."""

    columns: tuple[str, ...]
    not_null: tuple[bool, ...]
    #: A BEFORE INSERT trigger may fill in what a statement leaves out.
    filled: bool
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What one must know of all relations to read plans."""

    #: By ``schema.name``, as everywhere here.
    relations: Mapping[str, RelationFacts]
    #: The tables that refer to each, also by way of others.
    referring: Mapping[str, frozenset[str]]


def read_facts(conn: psycopg.Connection) -> Facts:
    """The facts as they are now."""
    relations = {
        f"{schema}.{name}": RelationFacts(tuple(columns), tuple(not_null), filled, tuple(key))
        for schema, name, columns, not_null, filled, key in conn.execute(NOT_NULL)
    }
    referring = {target: frozenset(sources) for target, sources in conn.execute(REFERRING)}
    return Facts(relations, referring)


def read_plan(plan: dict[str, object], facts: Facts) -> Planned:
    """What EXPLAIN (VERBOSE, FORMAT JSON) says."""
    nodes = list(_nodes(plan))
    named = [node for node in nodes if "Relation Name" in node]
    writes = frozenset(_relation(node) for node in named if node["Node Type"] == "ModifyTable")
    reads = frozenset(_relation(node) for node in named) - writes
    # A new row changes no other.
    changed = {_relation(node) for node in named if node.get("Operation") not in (None, "Insert")}
    follow = frozenset(one for table in changed for one in facts.referring.get(table, ()))
    left_null = frozenset(_left_null(nodes, facts))
    return Planned(reads=reads, writes=writes, follow=follow - writes, left_null=left_null)


def _left_null(nodes: list[dict[str, object]], facts: Facts) -> Iterator[str]:
    """NOT NULL columns for which INSERT has nothing: the plan's output is in the order of the columns."""
    for node in nodes:
        relation = facts.relations.get(_relation(node)) if "Relation Name" in node else None
        if node.get("Operation") != "Insert" or relation is None or relation.filled:
            continue
        children = node.get("Plans")
        output = children[0].get("Output", []) if isinstance(children, list) and children else []
        if len(output) != len(relation.columns):
            continue
        for column, not_null, value in zip(relation.columns, relation.not_null, output, strict=True):
            if not_null and str(value).startswith("NULL::"):
                yield f"{_relation(node)}.{column}"


def _nodes(plan: dict[str, object]) -> Iterator[dict[str, object]]:
    yield plan
    children = plan.get("Plans")
    for child in children if isinstance(children, list) else ():
        yield from _nodes(child)


def _relation(node: Mapping[str, object]) -> str:
    return f"{node.get('Schema', '')}.{node.get('Relation Name', '')}"
