"""ALTER INDEX ... SET TABLESPACE."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveIndex(Change):
    """The index is copied to another tablespace, under a lock on it that stops who plans a query with it."""

    index: Relation
    tablespace: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None on its table, whose rows are not touched."""
        del schema, server
        return iter(())
