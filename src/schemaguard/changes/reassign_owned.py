"""REASSIGN OWNED."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignOwned(Change):
    """All that the roles own in this database has another owner."""

    roles: tuple[str, ...]
    new_owner: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """Owners are no part of what is known."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Which tables they own is not known; as OWNER TO, it would lock each for a moment."""
        del schema, server
        return iter(())
