"""DROP TRIGGER."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DropTrigger(Change):
    """The function is no longer called."""

    table: Relation
    name: str
    if_exists: bool
    cascade: bool

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has not the trigger."""
        return schema.without_trigger(self.table, self.name)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del server
        if not self._is_missing(schema):
            yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that counts on what the trigger does."""
        del server
        if not self._is_missing(schema):
            yield Break(needs=f"trigger {self.name} of table {self.table.text}", certain=False)

    def _is_missing(self, schema: SchemaState) -> bool:
        return (
            self.if_exists and schema.knows(self.table) and self.name not in schema.known(self.table).triggers
        )
