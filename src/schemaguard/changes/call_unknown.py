"""A call whose function nobody knows, in a statement that writes rows."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class CallUnknown(Change):
    """Beside what the statement writes, the function does what nobody knows. ``called``: as it is written."""

    called: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """As it was, as far as can be told."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None that is known."""
        del schema, server
        return iter(())
