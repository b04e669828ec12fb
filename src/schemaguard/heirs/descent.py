"""A change goes down to all descendants of its table: to the children, and from each to its own."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.base import Change
from schemaguard.costs import BuildIndex, Cost, Rewrite, Scan
from schemaguard.heirs.children import changed_table, on_children
from schemaguard.heirs.only import spared
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


def descend(
    change: Change, before: SchemaState, after: SchemaState, server: Server, *, only: bool = False
) -> tuple[SchemaState, tuple[Change, ...]]:
    """The schema when all descendants have been changed as well, and what was done to them.

    ``only``: the statement says ONLY, so that nothing is done to them that can be avoided.
    """
    done: list[Change] = []
    reached = _waiting(change, before, after) if only else after
    for part in spared(change, before, server) if only else on_children(change, before, after, server):
        following = _linked(part, reached, part.apply(reached), _made(before, after))
        reached, further = descend(part, reached, following, server)
        done += [part, *further]
    return reached, tuple(done)


def _waiting(change: Change, before: SchemaState, after: SchemaState) -> SchemaState:
    """The schema, where the index of a key is not valid before each partition has its part."""
    table = changed_table(change, before)
    if not isinstance(change, AddUnique | AddPrimaryKey) or table is None:
        return after
    if before.known(table).partitioned_by is None or not before.children(table):
        return after
    for index in _made(before, after).values():
        after = after.with_index(index, replace(after.indexes[index], valid=False))
    return after


def _made(before: SchemaState, after: SchemaState) -> dict[tuple[str | None, ...], Relation]:
    """The indexes that a change of the whole has made, by their columns."""
    return {index.columns: name for name, index in after.indexes.items() if name not in before.indexes}


def _linked(
    part: Change, before: SchemaState, after: SchemaState, whole: dict[tuple[str | None, ...], Relation]
) -> SchemaState:
    """The same schema, where the indexes that a key of the partition has made are parts of the whole's."""
    if isinstance(part, AddColumn | AddUnique | AddPrimaryKey | AddExclude):
        for name, index in after.indexes.items():
            if name not in before.indexes and index.columns in whole:
                after = after.with_index(name, replace(index, part_of=whole[index.columns]))
    return after


def with_rows(costs: Iterable[Cost], schema: SchemaState) -> Iterator[Cost]:
    """Without what would be done to the rows of a partitioned or foreign table: it has none of its own."""
    for cost in costs:
        if isinstance(cost, Scan | Rewrite | BuildIndex):
            state = schema.table(cost.table)
            if state is not None and (state.partitioned_by is not None or state.foreign):
                continue
        yield cost
