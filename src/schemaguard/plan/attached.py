"""What a table lacks of the whole that it is to be a partition of, made beforehand while it is in use."""

from dataclasses import replace

from schemaguard.changes import AddForeignKey, AttachPartition
from schemaguard.changes.add_foreign_key import like
from schemaguard.partition_indexes import with_parts
from schemaguard.partition_steps import Part, build_key
from schemaguard.phase import Phase
from schemaguard.plan import edits
from schemaguard.recipe import Intent, Step
from schemaguard.schema import SchemaState, Unique
from schemaguard.server import Server
from schemaguard.steps import create_index


def made_before(
    change: AttachPartition, schema: SchemaState, server: Server
) -> tuple[tuple[Step, ...], SchemaState]:
    """Steps for its indexes, keys and foreign keys, as far as they can be made, and the schema after them."""
    steps: list[Step] = []
    whole, part = schema.known(change.table), change.partition
    after = with_parts(schema, part, (change.table,))
    missing = sorted(after.indexes.keys() - schema.indexes.keys())
    if schema.known(part).partitioned_by is not None:
        missing = []  # Each of its partitions would need its own, under a name that the server chooses.
    for name in missing:
        index = after.indexes[name]
        key = whole.constraint(index.part_of.name) if index.part_of else None
        if isinstance(key, Unique) and not key.without_overlaps:
            steps.extend(build_key(Part(name, part), key, Phase.EXPAND))
            schema = schema.with_constraint(part, replace(key, name=name.name))
        elif key is None and index.definition:
            statement = edits.index_on(index.definition, name.name, part, only=False)
            steps.append(create_index(name, part, statement, Phase.EXPAND))
            schema = schema.with_index(name, replace(index, part_of=None))
    for key in whole.foreign_keys():
        if (
            like(schema, part, key) is None
            and key.enforced
            and schema.known(part).constraint(key.name) is None
        ):
            adding = AddForeignKey(part, replace(key, inherited=False))
            recipe = adding.recipe(schema, server, Intent())
            steps.extend(replace(step, phase=Phase.EXPAND) for step in (recipe.steps if recipe else ()))
            schema = adding.apply(schema)
    return tuple(steps), schema
