"""ALTER TYPE ... RENAME ATTRIBUTE."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_attribute import altering
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Column, Relation
from schemaguard.schema import CompositeState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import typed_tables, with_type


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameAttribute(Change):
    """The attribute has another name; with CASCADE also in the tables that are OF the composite type."""

    type: Relation
    attribute: str
    new: str
    cascade: bool = False

    @property
    def about(self) -> Relation:
        """The composite type."""
        return self.type

    def apply(self, schema: SchemaState) -> SchemaState:
        """The attribute under its new name."""
        for column in self._columns(schema):
            schema = column.apply(schema)
        state = schema.types.get(self.type)
        if not isinstance(state, CompositeState):
            return schema
        attributes = tuple(
            (self.new if name == self.attribute else name, kind) for name, kind in state.attributes
        )
        return with_type(schema, self.type, replace(state, attributes=attributes))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock on each table that is OF it."""
        for column in self._columns(schema):
            yield from column.costs(schema, server)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses the attribute by its old name."""
        del schema, server
        yield Break(needs=f"attribute {self.attribute} of type {self.type.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no composite type, has no such attribute, or the new name is taken."""
        del server
        yield from altering(schema, self.type, cascade=self.cascade)
        state = schema.types.get(self.type)
        if not isinstance(state, CompositeState):
            return
        if self.attribute not in dict(state.attributes):
            yield Refusal("42703", f"{self.type.text} has no attribute {self.attribute}")
        elif self.new in dict(state.attributes):
            yield Refusal("42701", f"{self.type.text} has an attribute {self.new} already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (
            RenameAttribute(type=self.type, attribute=self.new, new=self.attribute, cascade=self.cascade),
        )

    def _columns(self, schema: SchemaState) -> tuple[RenameColumn, ...]:
        return tuple(
            RenameColumn(Column(table, self.attribute), self.new) for table in typed_tables(schema, self.type)
        )
