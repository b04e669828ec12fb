"""ADD CONSTRAINT ... UNIQUE."""

from collections.abc import Iterator
from dataclasses import field
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_constraint import drop_what_is_added
from schemaguard.constraint_forms import unknown_forms
from schemaguard.costs import BuildIndex, Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation, generated
from schemaguard.partition_steps import Part, build_key, part_of
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe
from schemaguard.schema import SchemaState, Unique
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class AddUnique(Change):
    """No two rows have the same values, which an index sees to."""

    table: Relation
    unique: Unique
    #: As a partition's part of a key, which before 18 only stops writes of the partition.
    gently: bool = field(default=False, compare=False)

    turn: ClassVar[Turn] = Turn.INDEX

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the constraint and its index."""
        return schema.with_constraint(self.table, self.unique)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The index is built while nobody can use the table."""
        del schema, server
        mode = building_mode(gently=self.gently, deferrable=self.unique.deferrable)
        yield Lock(self.table, mode)
        yield BuildIndex(self.table, mode)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes duplicates, if any does."""
        del server
        if not schema.unique_over(self.table, self.unique.columns):
            columns = ", ".join(self.unique.columns)
            yield Break(needs=f"duplicates of ({columns}) in table {self.table.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of a partitioned table it must include the partition key."""
        yield from unknown_forms(self.unique, server)
        yield from lacks_partition_key(schema, self.table, self.unique.columns)

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """The index is built while the table is in use; old code may write duplicates."""
        del server, intent
        if self.unique.without_overlaps:
            return None  # Its index can only be built with it.
        name = added_name(self.table, schema, self.apply(schema)) or self.unique.name
        whole = key_as_part(self.table, name, self.unique, schema)
        return Recipe(steps=tuple(build_key(whole, self.unique, Phase.CONTRACT)))

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT."""
        return drop_what_is_added(self.table, before, self.apply(before))


def building_mode(*, gently: bool, deferrable: bool) -> LockMode:
    """Under which lock a constraint's index is built; of a partition before 18 it may be gently."""
    if not gently:
        return LockMode.ACCESS_EXCLUSIVE
    # What looks for duplicates later is a trigger.
    return LockMode.SHARE_ROW_EXCLUSIVE if deferrable else LockMode.SHARE


def added_name(table: Relation, before: SchemaState, after: SchemaState) -> str:
    """The name of the constraint that the table has got; "" if it has got none."""
    had = {constraint.name for constraint in before.known(table).constraints}
    return next((c.name for c in after.known(table).constraints if c.name not in had), "")


def key_as_part(table: Relation, name: str, key: Unique, schema: SchemaState) -> Part:
    """The key's index with its parts, under the names that PostgreSQL would choose for them."""
    columns, label = ((), "pkey") if key.primary else ((*key.columns, *key.included), "key")
    return part_of(
        table,
        table.sibling(name),
        schema,
        lambda part: generated(part.name, columns, label, schema.relation_names(part.schema)),
    )


def lacks_partition_key(
    schema: SchemaState, table: Relation, columns: tuple[str | None, ...]
) -> Iterator[Refusal]:
    """What PostgreSQL says to a unique index over ``columns``, if the table is partitioned by others."""
    for missing in sorted(schema.lacks_partition_key(table, columns)):
        why = (
            f"a unique index of the partitioned table {table.text} must include {missing}, its partition key"
        )
        yield Refusal("0A000", why)
