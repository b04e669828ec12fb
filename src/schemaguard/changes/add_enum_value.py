"""ALTER TYPE ... ADD VALUE."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEnumValue(Change):
    """The enum has one value more. Inside of a transaction nobody can use it before COMMIT."""

    type: Relation
    value: str
    if_not_exists: bool = False
    #: The value that it comes before or after; None: after all others.
    neighbor: str | None = None
    before: bool = False

    @property
    def about(self) -> Relation:
        """The enum."""
        return self.type

    def apply(self, schema: SchemaState) -> SchemaState:
        """The value is in its place."""
        state = schema.types.get(self.type)
        if not isinstance(state, EnumState) or self.value in state.values:
            return schema
        place = len(state.values)
        if self.neighbor in state.values:
            place = state.values.index(self.neighbor) + (0 if self.before else 1)
        values = (*state.values[:place], self.value, *state.values[place:])
        return with_type(schema, self.type, replace(state, values=values))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None: no table is locked or read."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that reads the value and does not know it."""
        del server
        state = schema.types.get(self.type)
        if not isinstance(state, EnumState) or self.value not in state.values:
            yield Break(needs=f"only the values of type {self.type.text} that it knows", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no enum, has the value already, or has no such neighbor."""
        del server
        state = schema.types.get(self.type)
        if state is None:
            return
        if not isinstance(state, EnumState):
            yield Refusal("42809", f"{self.type.text} is no enum")
        elif self.value in state.values:
            if not self.if_not_exists:
                yield Refusal("42710", f"{self.type.text} has the value '{self.value}' already")
        elif self.neighbor is not None and self.neighbor not in state.values:
            yield Refusal("22023", f"{self.type.text} has no value '{self.neighbor}'")
