"""ADD CONSTRAINT ... UNIQUE."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_constraint import drop_what_is_added
from schemaguard.costs import BuildIndex, Cost, Lock
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation, quote, quote_all
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe
from schemaguard.schema import SchemaState, Unique
from schemaguard.server import Server
from schemaguard.steps import add_constraint, create_index


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
        mode = LockMode.SHARE if self.gently else LockMode.ACCESS_EXCLUSIVE
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
        del server
        yield from lacks_partition_key(schema, self.table, self.unique.columns)

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """The index is built while the table is in use; old code may write duplicates."""
        del server, intent
        had = {constraint.name for constraint in schema.known(self.table).constraints}
        has = (constraint.name for constraint in self.apply(schema).known(self.table).constraints)
        name = next((one for one in has if one not in had), self.unique.name)
        index, columns = self.table.sibling(name), quote_all(self.unique.columns)
        build = f"CREATE UNIQUE INDEX CONCURRENTLY {quote(name)} ON {self.table} ({columns})"
        using = f"ALTER TABLE {self.table} ADD CONSTRAINT {quote(name)} UNIQUE USING INDEX {quote(name)}"
        locks = ((self.table, LockMode.ACCESS_EXCLUSIVE),)
        return Recipe(
            steps=(
                create_index(index, self.table, build, Phase.CONTRACT),
                add_constraint(self.table, name, using, Phase.CONTRACT, locks=locks),
            )
        )

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT."""
        return drop_what_is_added(self.table, before, self.apply(before))


def lacks_partition_key(
    schema: SchemaState, table: Relation, columns: tuple[str | None, ...]
) -> Iterator[Refusal]:
    """What PostgreSQL says to a unique index over ``columns``, if the table is partitioned by others."""
    for missing in sorted(schema.lacks_partition_key(table, columns)):
        why = (
            f"a unique index of the partitioned table {table.text} must include {missing}, its partition key"
        )
        yield Refusal("0A000", why)
