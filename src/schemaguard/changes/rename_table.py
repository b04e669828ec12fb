"""ALTER TABLE ... RENAME TO."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.rename_index import RenameIndex
from schemaguard.costs import Cost, Lock
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Constraint, ForeignKey, SchemaState, TableState, named_not_null
from schemaguard.server import Server
from schemaguard.uses import reading


@dataclass(frozen=True, slots=True)
class RenameTable(Change):
    """The table has another name. Its indexes, constraints and sequences keep theirs."""

    table: Relation
    new_name: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The same table under the new name; what points to it follows."""
        new = self.table.sibling(self.new_name)
        things = frozenset(
            replace(thing, table=new) if thing.table == self.table else thing for thing in schema.things
        )
        if self.table in schema.views:
            views = {new if name == self.table else name: view for name, view in schema.views.items()}
            return reading(replace(schema, views=views, things=things), self.table, new)
        if self.table in schema.indexes:
            return RenameIndex(self.table, self.new_name).apply(schema)
        state = schema.known(self.table)
        columns = tuple(named_not_null(self.table, column) for column in state.columns)
        tables = {**schema.tables, self.table: replace(state, columns=columns)}
        indexes = {
            name: replace(index, table=new, definition="") if index.table == self.table else index
            for name, index in schema.indexes.items()
        }
        moved = {
            new if name == self.table else name: pointing(state, self.table, new)
            for name, state in tables.items()
        }
        return reading(replace(schema, tables=moved, indexes=indexes, things=things), self.table, new)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock; if it is an index, not on its table."""
        del server
        if self.table not in schema.indexes:
            yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses the old name; of an index it uses none."""
        if self.table in schema.indexes:
            yield from RenameIndex(self.table, self.new_name).breaks(schema, server)
            return
        yield Break(needs=f"table {self.table.text}")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (RenameTable(self.table.sibling(self.new_name), self.table.name),)


def pointing(state: TableState, old: Relation, new: Relation) -> TableState:
    """The table, whose foreign keys and parents are the same relation under its new name."""

    def follow(constraint: Constraint) -> Constraint:
        if isinstance(constraint, ForeignKey) and constraint.target == old:
            return replace(constraint, target=new)
        return constraint

    return replace(
        state,
        constraints=tuple(follow(constraint) for constraint in state.constraints),
        parents=tuple(new if parent == old else parent for parent in state.parents),
    )
