"""ALTER TABLE ... RENAME CONSTRAINT."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Check, Exclude, SchemaState, Unique, not_null_name
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class RenameConstraint(Change):
    """The constraint has another name, and so has its index."""

    table: Relation
    name: str
    new_name: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint and its index under the new name."""
        schema = schema.with_table(self.table, schema.known(self.table))
        constraint = schema.known(self.table).constraint(self.name)
        column = schema.required_by(self.table, self.name)
        if constraint is None and column is not None:
            how = replace(column.not_null_as, name=self.new_name)
            state = schema.known(self.table).with_column(replace(column, not_null_as=how))
            return schema.with_table(self.table, state)
        if constraint is None:
            return schema
        if isinstance(constraint, Unique | Exclude):
            schema = schema.with_index_renamed(
                self.table.sibling(self.name), self.table.sibling(self.new_name)
            )
        state = schema.known(self.table).without_constraint(self.name)
        renamed = state.with_constraint(replace(constraint, name=self.new_name))
        return schema.with_table(self.table, renamed)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that says ON CONFLICT ON CONSTRAINT, or looks for the name in errors."""
        del schema, server
        yield Break(needs=f"the name {self.name} of a constraint of table {self.table.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """What children have is renamed with their parent's."""
        constraint = schema.known(self.table).constraint(self.name)
        column = schema.required_by(self.table, self.name) if constraint is None else None
        inherited = isinstance(constraint, Check) and constraint.inherited
        if inherited or (column is not None and column.not_null_as.inherited):
            yield Refusal("42P16", f"{self.name} of {self.table.text} is inherited")
        if column is None or column.not_null_as.own or max(server.majors) < 18:
            return
        for child in schema.descendants(self.table):
            own = schema.known(child).column(column.name)
            if own is not None and not_null_name(child, own) != self.name:
                yield Refusal("42704", f"NOT NULL of {column.name} in {child.text} has another name")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (RenameConstraint(self.table, self.new_name, self.name),)
