"""DECLARE CURSOR; what its query reads follows."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class DeclareCursor(Change):
    """A cursor, with ``hold`` also after the transaction."""

    name: str
    hold: bool = False

    @property
    def inside_only(self) -> bool:
        """Without a transaction it would be gone at once."""
        return not self.hold

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None of its own."""
        del schema, server
        return iter(())
