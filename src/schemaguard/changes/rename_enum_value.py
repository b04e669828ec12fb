"""ALTER TYPE ... RENAME VALUE."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import EnumState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import with_type


@dataclass(frozen=True, slots=True)
class RenameEnumValue(Change):
    """The value is spelled another way, also in the rows that have it."""

    type: Relation
    value: str
    new: str

    @property
    def about(self) -> Relation:
        """The enum."""
        return self.type

    def apply(self, schema: SchemaState) -> SchemaState:
        """The new spelling in the place of the old one."""
        state = schema.types.get(self.type)
        if not isinstance(state, EnumState):
            return schema
        values = tuple(self.new if value == self.value else value for value in state.values)
        return with_type(schema, self.type, replace(state, values=values))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None: no table is locked or read."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes the value, compares with it, or reads it and does not know the new one."""
        del schema, server
        yield Break(needs=f"value '{self.value}' of type {self.type.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no enum, has no such value, or has the new one already."""
        del server
        state = schema.types.get(self.type)
        if state is None:
            return
        if not isinstance(state, EnumState):
            yield Refusal("42809", f"{self.type.text} is no enum")
        elif self.value not in state.values:
            yield Refusal("22023", f"{self.type.text} has no value '{self.value}'")
        elif self.new in state.values:
            yield Refusal("42710", f"{self.type.text} has the value '{self.new}' already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old spelling again."""
        del before
        return (RenameEnumValue(self.type, self.new, self.value),)
