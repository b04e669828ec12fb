"""RENAME TO and SET SCHEMA of a type or domain."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import DomainState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import moved


@dataclass(frozen=True, slots=True)
class RenameType(Change):
    """The type has another name, or is in another schema. Columns and other types follow."""

    type: Relation
    new: Relation
    #: ALTER DOMAIN.
    domain: bool = False

    @property
    def about(self) -> Relation:
        """The type under its old name."""
        return self.type

    def makes(self, before: SchemaState) -> Relation:
        """Its new name."""
        del before
        return self.new

    def apply(self, schema: SchemaState) -> SchemaState:
        """The type is known by its new name."""
        return moved(schema, self.type, self.new)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None: no table is locked."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that casts to the type, or asks the catalog for it by name, as drivers do."""
        del schema, server
        yield Break(needs=f"type {self.type.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is of another kind, or the new name is taken."""
        del server
        state = schema.types.get(self.type)
        if self.type in schema.tables:
            yield Refusal("42809", f"{self.type.text} is a table")
        elif self.domain and state is not None and not isinstance(state, DomainState):
            yield Refusal("42809", f"{self.type.text} is no domain")
        elif self.new != self.type and (self.new in schema.types or self.new in schema.tables):
            yield Refusal("42710", f"there is a type {self.new.text} already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (RenameType(self.new, self.type, self.domain),)
