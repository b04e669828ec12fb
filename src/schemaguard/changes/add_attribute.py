"""ALTER TYPE ... ADD ATTRIBUTE."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_attribute import DropAttribute, altering
from schemaguard.column_types import Type
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import ColumnState, CompositeState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import typed_tables, with_type


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAttribute(Change):
    """The composite type has one attribute more, at the end; with CASCADE also the tables that are OF it."""

    type: Relation
    attribute: str
    of: Type
    cascade: bool = False

    turn: ClassVar[Turn] = Turn.COLUMN

    @property
    def about(self) -> Relation:
        """The composite type."""
        return self.type

    def apply(self, schema: SchemaState) -> SchemaState:
        """The attribute is there."""
        for column in self._columns(schema):
            schema = column.apply(schema)
        state = schema.types.get(self.type)
        if not isinstance(state, CompositeState):
            return schema
        return with_type(
            schema, self.type, replace(state, attributes=(*state.attributes, (self.attribute, self.of)))
        )

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Those of ADD COLUMN on each table that is OF it; columns of the type stay as they are."""
        for column in self._columns(schema):
            yield from column.costs(schema, server)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes or reads whole values of the type."""
        del schema, server
        yield Break(needs=f"values of type {self.type.text} without {self.attribute}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no composite type, has the attribute, or a table is OF it and CASCADE is not said."""
        del server
        yield from altering(schema, self.type, cascade=self.cascade)
        state = schema.types.get(self.type)
        if isinstance(state, CompositeState) and self.attribute in dict(state.attributes):
            yield Refusal("42701", f"{self.type.text} has an attribute {self.attribute} already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP ATTRIBUTE."""
        del before
        return (DropAttribute(type=self.type, attribute=self.attribute, cascade=self.cascade),)

    def _columns(self, schema: SchemaState) -> tuple[AddColumn, ...]:
        column = ColumnState(name=self.attribute, type=self.of)
        return tuple(AddColumn(table=table, column=column) for table in typed_tables(schema, self.type))
