"""ADD CONSTRAINT ... UNIQUE."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_constraint import drop_what_is_added
from schemaguard.costs import BuildIndex, Cost, Lock
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

    turn: ClassVar[Turn] = Turn.INDEX

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the constraint and its index."""
        return schema.with_constraint(self.table, self.unique)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The index is built while nobody can use the table."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        yield BuildIndex(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes duplicates, if any does."""
        del server
        if not schema.unique_over(self.table, self.unique.columns):
            columns = ", ".join(self.unique.columns)
            yield Break(needs=f"duplicates of ({columns}) in table {self.table.text}", certain=False)

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
