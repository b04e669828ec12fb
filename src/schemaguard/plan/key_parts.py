"""Keys of a partitioned table that are made anew: each partition gets its own, and the whole takes them over.

There is no USING INDEX for the whole. But where each partition has the key already, with an index of its own,
ADD CONSTRAINT of the whole makes parts of these, and builds and reads nothing. A partition that has come
since, and has none, gets its index built there. (Measured on 14 to 18.)
"""

from collections.abc import Iterator

from schemaguard.conditions import negated
from schemaguard.likeness import differs_in_part
from schemaguard.names import Column, Relation, generated, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.schema import SchemaState, Unique
from schemaguard.steps import create_index, ensure, own_name, slug

REPARTITION_BY_HAND = (
    "No server changes the type of what a table is partitioned by: fill a new table, partitioned by a column"
    " of the new type, and let the two exchange their names while nobody writes."
)


def part_indexes(table: Relation, own: Unique, schema: SchemaState, columns: str) -> Iterator[Step]:
    """The indexes over these columns, of each partition that has rows."""
    for part in schema.partitions(table):
        if schema.known(part).partitioned_by is None:
            index = _index(part, own)
            statement = f"CREATE UNIQUE INDEX CONCURRENTLY {quote(index.name)} ON {part} ({columns})"
            yield create_index(index, part, statement, Phase.BACKFILL)


def key_from_parts(table: Relation, own: Unique, schema: SchemaState, columns: str) -> Iterator[str]:
    """The statements that make keys of these indexes, under their old names, and each a part of the next."""
    kind = "PRIMARY KEY" if own.primary else "UNIQUE"

    def add(at: Relation, name: str) -> Iterator[str]:
        for part, index in _parts(at, at.sibling(name), schema):
            yield from add(part, index.name)
        leaf = schema.known(at).partitioned_by is None
        how = f"USING INDEX {quote(_index(at, own).name)}" if leaf else f"({columns})"
        yield f"ALTER TABLE {at} ADD CONSTRAINT {quote(name)} {kind} {how}"

    return add(table, own.name)


def parts_are_alike(column: Column) -> Step:
    """No partition has anything of its own on the column, which would go with it."""
    table = column.table
    return ensure(
        slug(table.name, column.name, "parts"),
        f"no partition of {table.text} has an index, constraint, right or setting of its own on"
        f" {column.name}",
        Phase.EXPAND,
        negated(differs_in_part(column)),
    )


def in_partition_key(column: Column, schema: SchemaState) -> Relation | None:
    """The table that is partitioned by the column: its own, or a partition of that."""
    tables = (column.table, *schema.partitions(column.table))
    return next((one for one in tables if column.name in (schema.known(one).partitioned_by or ())), None)


def obstacle(before: SchemaState, column: Column, last: Column) -> str:
    """Why keys with the column cannot be made anew; empty: they can."""
    by = in_partition_key(column, before)
    if by is not None:
        return f"{by.text} is partitioned by it"
    for own in before.known(column.table).constraints:
        if isinstance(own, Unique) and column.name in own.columns:
            if column.name != last.name:
                return (
                    f"it is part of {own.name}, a key of a partitioned table: until the contract there is"
                    " none over the new name, such as ON CONFLICT needs"
                )
            if why := next(_odd_parts(column.table, column.table.sibling(own.name), own, before), ""):
                return why
    return ""


def _odd_parts(table: Relation, whole: Relation, own: Unique, schema: SchemaState) -> Iterator[str]:
    """Parts that are not known, or have another name than the server gives them with another type."""
    parts = dict(_parts(table, whole, schema))
    yield from (f"{one.text} has no part of {own.name}" for one in schema.children(table) if one not in parts)
    columns, label = ((), "pkey") if own.primary else (own.columns, "key")
    for part, index in parts.items():
        usual = generated(part.name, columns, label, schema.relation_names(part.schema) - {index.name})
        if index.name != usual:
            yield f"{index.text} would be called {usual} again: RENAME it before"
        yield from _odd_parts(part, index, own, schema)


def _parts(table: Relation, index: Relation, schema: SchemaState) -> Iterator[tuple[Relation, Relation]]:
    """Each partition of the table with its part of the index."""
    for part in schema.children(table):
        for name, built in schema.indexes_of(part):
            if built.part_of == index:
                yield part, name


def _index(part: Relation, own: Unique) -> Relation:
    return part.sibling(own_name(part.name, own.name, "new"))
