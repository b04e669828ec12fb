"""Objects of which only their being there is known, and who misses one: see ``Thing``."""

from schemaguard.schema import SchemaState, Thing

#: The kinds that a query names, or whose functions, operators or casts it uses.
_IN_QUERIES = frozenset(
    {
        "aggregate",
        "cast",
        "collation",
        "extension",
        "language",
        "operator",
        "text search configuration",
        "text search dictionary",
        "text search parser",
    }
)


def in_queries(thing: Thing) -> bool:
    """Whether a query of running code can need it."""
    return thing.kind in _IN_QUERIES


def is_missing(thing: Thing, schema: SchemaState) -> bool:
    """Whether it certainly is not there."""
    return schema.complete and thing not in schema.things


def described(thing: Thing) -> str:
    """What people call it: ``collation public.german``, ``policy mine of public.account``."""
    of = f" of {thing.table.text}" if thing.table is not None else ""
    return f"{thing.kind} {thing.name}{of}"
