"""ALTER TYPE ... ALTER ATTRIBUTE ... TYPE."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.drop_attribute import altering
from schemaguard.column_types import Type
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Column, Relation
from schemaguard.schema import CompositeState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import columns_of, typed_tables, users, with_type


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAttribute(Change):
    """The attribute has another type; with CASCADE also in the tables that are OF the composite type."""

    type: Relation
    attribute: str
    of: Type
    cascade: bool = False

    turn: ClassVar[Turn] = Turn.TYPE

    @property
    def about(self) -> Relation:
        """The composite type."""
        return self.type

    def apply(self, schema: SchemaState) -> SchemaState:
        """The attribute has the type."""
        for column in self._columns(schema):
            schema = column.apply(schema)
        state = schema.types.get(self.type)
        if not isinstance(state, CompositeState):
            return schema
        attributes = tuple(
            (name, self.of if name == self.attribute else kind) for name, kind in state.attributes
        )
        return with_type(schema, self.type, replace(state, attributes=attributes))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Those of ALTER COLUMN ... TYPE on each table that is OF it."""
        for column in self._columns(schema):
            yield from column.costs(schema, server)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that knows the attribute's old type."""
        del server
        state = schema.types.get(self.type)
        old = dict(state.attributes).get(self.attribute) if isinstance(state, CompositeState) else None
        if old != self.of:
            before = f", which is {old}," if old is not None else ""
            yield Break(
                needs=f"type of attribute {self.attribute} of {self.type.text}{before}",
                certain=old is not None,
            )

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no composite type, has no such attribute, or there are values of it in a column."""
        del server
        yield from altering(schema, self.type, cascade=self.cascade)
        state = schema.types.get(self.type)
        if not isinstance(state, CompositeState):
            return
        if self.attribute not in dict(state.attributes):
            yield Refusal("42703", f"{self.type.text} has no attribute {self.attribute}")
            return
        # CASCADE does not help: these values would have to be written anew.
        for user in users(schema, self.type):
            for column, _ in columns_of(schema, user):
                yield Refusal("0A000", f"{column.text} has values of {self.type.text}")
                return

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """None: values of the tables that are OF it cannot be had back."""
        del before
        return None

    def _columns(self, schema: SchemaState) -> tuple[ChangeType, ...]:
        return tuple(
            ChangeType(Column(table, self.attribute), self.of) for table in typed_tables(schema, self.type)
        )
