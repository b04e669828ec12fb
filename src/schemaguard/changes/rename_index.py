"""ALTER INDEX ... RENAME TO."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.rename_constraint import RenameConstraint
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema import Exclude, SchemaState, Unique
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class RenameIndex(Change):
    """The index has another name, and so has its constraint. Only the index is locked."""

    index: Relation
    new_name: str
    if_exists: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The index and its constraint under the new name."""
        built = schema.indexes.get(self.index)
        if built is None:
            return schema
        constraint = schema.known(built.table).constraint(self.index.name)
        if isinstance(constraint, Unique | Exclude):
            return RenameConstraint(built.table, self.index.name, self.new_name).apply(schema)
        new = self.index.sibling(self.new_name)
        # Its text speaks of the old name, which nobody reads there.
        return schema.with_index_renamed(self.index, new)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None: the table is not locked."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that says ON CONFLICT ON CONSTRAINT, if the index is a constraint's."""
        built = schema.indexes.get(self.index)
        if built is None or isinstance(
            schema.known(built.table).constraint(self.index.name), Unique | Exclude
        ):
            table = built.table if built else self.index
            yield from RenameConstraint(table, self.index.name, self.new_name).breaks(schema, server)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (RenameIndex(self.index.sibling(self.new_name), self.index.name, self.if_exists),)
