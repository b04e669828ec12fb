"""What indexes a table has as a partition."""

from dataclasses import replace

from schemaguard.names import Relation, generated
from schemaguard.schema import Exclude, IndexState, SchemaState, Unique


def with_parts(schema: SchemaState, partition: Relation, parents: tuple[Relation, ...]) -> SchemaState:
    """The partition has its part of each index of the whole: one that is there already, or a new one."""
    for parent in parents:
        for name, index in list(schema.indexes_of(parent)):
            schema = _with_part(schema, partition, name, index)
    return schema


def _with_part(schema: SchemaState, partition: Relation, whole: Relation, index: IndexState) -> SchemaState:
    key = schema.known(index.table).constraint(whole.name)
    for name, own in schema.indexes_of(partition):
        same = replace(own, table=index.table, part_of=index.part_of, valid=index.valid) == index
        mine = schema.known(partition).constraint(name.name)
        if same and own.part_of is None and (mine is not None or key is None):
            schema = schema.with_index(name, replace(own, part_of=whole))
            if isinstance(mine, Unique | Exclude) and isinstance(key, Unique | Exclude):
                state = schema.known(partition).with_constraint(replace(mine, inherited=True))
                schema = schema.with_table(partition, state)
            return schema
    if isinstance(key, Unique | Exclude):
        before = schema.indexes
        part_of = replace(key, index=index) if isinstance(key, Exclude) else key
        schema = schema.with_constraint(partition, replace(part_of, name="", inherited=True))
        made = next(name for name in schema.indexes if name not in before)
        return schema.with_index(made, replace(schema.indexes[made], part_of=whole))
    labels = index.labels or tuple(column or "expr" for column in index.columns)
    chosen = generated(partition.name, labels, "idx", schema.relation_names(partition.schema))
    part = replace(index, table=partition, part_of=whole, valid=True)
    return schema.with_index(partition.sibling(chosen), part)
