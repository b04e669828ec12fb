"""CREATE TYPE."""

from collections.abc import Iterator
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.drop_type import DropType
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import EnumState, OtherType, SchemaState, TypeState
from schemaguard.server import Server
from schemaguard.user_types import with_type


@dataclass(frozen=True, slots=True)
class CreateType(Change):
    """A new type: an enum, a composite, a range, a base type, or a shell that is to become one."""

    type: Relation
    state: TypeState

    new_names: ClassVar[tuple[str, ...]] = ("type",)

    @property
    def about(self) -> Relation:
        """The type."""
        return self.type

    def makes(self, before: SchemaState) -> Relation:
        """The type."""
        del before
        return self.type

    def apply(self, schema: SchemaState) -> SchemaState:
        """The type is there."""
        return with_type(schema, self.type, self.state)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A type or a table of that name is there already; a value stands twice in an enum."""
        del server
        there = schema.types.get(self.type)
        # A base type or a range takes the place of its shell.
        shell = OtherType(kind="shell")
        becomes = there == shell and isinstance(self.state, OtherType) and self.state != shell
        if self.type in schema.tables or (there is not None and not becomes):
            yield Refusal("42710", f"there is a type {self.type.text} already")
        if isinstance(self.state, EnumState) and len(set(self.state.values)) < len(self.state.values):
            yield Refusal("23505", f"{self.type.text} has one value twice")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP TYPE; a shell that was there before does not come back."""
        return (DropType(self.type),) if self.type not in before.types else None
