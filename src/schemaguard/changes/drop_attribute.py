"""ALTER TYPE ... DROP ATTRIBUTE."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_column import DropColumn
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss, Refusal
from schemaguard.names import Column, Relation
from schemaguard.schema import CompositeState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import columns_of, typed_tables, users, with_type


@dataclass(frozen=True, slots=True, kw_only=True)
class DropAttribute(Change):
    """The composite type has one attribute less; with CASCADE also the tables that are OF it."""

    type: Relation
    attribute: str
    if_exists: bool = False
    cascade: bool = False

    turn: ClassVar[Turn] = Turn.DROP

    @property
    def about(self) -> Relation:
        """The composite type."""
        return self.type

    def apply(self, schema: SchemaState) -> SchemaState:
        """The attribute is gone."""
        for column in self._columns(schema):
            schema = column.apply(schema)
        state = schema.types.get(self.type)
        if not isinstance(state, CompositeState):
            return schema
        left = tuple(pair for pair in state.attributes if pair[0] != self.attribute)
        return with_type(schema, self.type, replace(state, attributes=left))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Those of DROP COLUMN on each table that is OF it; columns of the type stay as they are."""
        for column in self._columns(schema):
            yield from column.costs(schema, server)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses the attribute."""
        del server
        if not self._is_missing(schema):
            yield Break(needs=f"attribute {self.attribute} of type {self.type.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no composite type, has no such attribute, or a table is OF it and CASCADE is not said."""
        del server
        yield from altering(schema, self.type, cascade=self.cascade)
        if self._is_missing(schema) and not self.if_exists:
            yield Refusal("42703", f"{self.type.text} has no attribute {self.attribute}")

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """What the attribute holds in each column of the type."""
        if self._is_missing(schema):
            return
        for table in typed_tables(schema, self.type):
            yield Loss(f"the values of {Column(table, self.attribute).text}")
        for user in users(schema, self.type):
            for column, _ in columns_of(schema, user):
                yield Loss(f"{self.attribute} of the values in {column.text}")

    def _columns(self, schema: SchemaState) -> tuple[DropColumn, ...]:
        return tuple(
            DropColumn(Column(table, self.attribute), if_exists=self.if_exists, cascade=self.cascade)
            for table in typed_tables(schema, self.type)
        )

    def _is_missing(self, schema: SchemaState) -> bool:
        state = schema.types.get(self.type)
        return isinstance(state, CompositeState) and self.attribute not in dict(state.attributes)


def altering(schema: SchemaState, name: Relation, *, cascade: bool) -> Iterator[Refusal]:
    """Why no attribute of the type can change: it is no composite type, or a table is OF it."""
    state = schema.types.get(name)
    if name in schema.tables:
        yield Refusal("42809", f"{name.text} is a table")
    elif state is not None and not isinstance(state, CompositeState):
        yield Refusal("42P01", f"{name.text} is no composite type")
    elif not cascade and (of := list(typed_tables(schema, name))):
        yield Refusal("2BP01", f"table {of[0].text} is OF {name.text}, which needs CASCADE")
