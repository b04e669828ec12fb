"""Which tables a statement means by a name: also those that inherit from it, and its partitions."""

import re
from collections.abc import Iterable, Iterator

from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server

#: Extensions that bring no tables and no views.
_WITHOUT_TABLES = frozenset(
    """btree_gin btree_gist citext cube dblink earthdistance fuzzystrmatch hstore intarray isn lo ltree
    pgcrypto pg_trgm plpgsql postgres_fdw seg tablefunc unaccent uuid-ossp vector""".split()
)
#: What tools write down there, before any migration or beside them.
_OF_A_TOOL = re.compile("migration|version|history|changelog|alembic|schemaguard")


def below(schema: SchemaState, table: Relation) -> list[Relation]:
    """The partitions of the table, or the tables that inherit from it, and theirs in turn."""
    return sorted(schema.descendants(table))


def with_all_below(schema: SchemaState, table: Relation) -> list[Relation]:
    """The table itself first, then all below it."""
    return [table, *(other for other in below(schema, table) if other != table)]


def behind(schema: SchemaState, relations: Iterable[Relation]) -> frozenset[Relation]:
    """What the views among them read, directly or through others; of a materialized view nothing."""
    found, ahead = set[Relation](), list(relations)
    while ahead:
        view = schema.views.get(ahead.pop())
        if view is not None and not view.materialized:
            ahead += view.reads - found
            found |= view.reads
    return frozenset(found)


def is_partitioned(schema: SchemaState, table: Relation) -> bool:
    """Whether the table is known to be partitioned: it has no rows of its own."""
    return schema.known(table).partitioned_by is not None


def whole_database(schema: SchemaState) -> list[Relation]:
    """All tables and materialized views that are known, but for foreign tables: these have no rows here."""
    views = [name for name, view in schema.views.items() if view.materialized]
    return sorted([*(name for name, state in schema.tables.items() if not state.foreign), *views])


def missing(schema: SchemaState, name: Relation, *, a_table: bool = False) -> Iterator[Refusal]:
    """The refusal of a statement about a relation that is not there.

    ``a_table``: the statement is about tables alone, all of which a complete schema knows.
    """
    if schema.complete and not (
        name in schema.views or name in schema.sequences or schema.has_relation(name) or _is_system(name)
    ):
        yield Refusal(
            "42P01",
            f"nothing called {name.text} is known to be there",
            certain=a_table and is_told(schema, name),
        )


def is_told(schema: SchemaState, relation: Relation) -> bool:
    """Whether a complete schema has the relation or type of that name, if there is one."""
    if schema.unsure:
        return False
    if relation.schema.startswith("pg_") or relation.schema == "information_schema":
        return False
    if any(thing.kind == "extension" and thing.name not in _WITHOUT_TABLES for thing in schema.things):
        return False
    if _OF_A_TOOL.search(relation.text):
        return False
    # Without a schema it means what the search path of whoever runs it says.
    known = (*schema.tables, *schema.views, *schema.types, *schema.sequences)
    return relation.qualified or all(one.name != relation.name for one in known)


def too_old(server: Server, since: int, what: str, sqlstate: str = "42601") -> Iterator[Refusal]:
    """The refusal by servers that do not have it yet; it hangs on which server it is, where nobody says."""
    if min(server.majors) < since:
        why = f"servers before {since} do not know {what}"
        yield Refusal(sqlstate, why, certain=max(server.majors) < since)


def _is_system(name: Relation) -> bool:
    return name.schema.startswith("pg_") or name.schema == "information_schema"
