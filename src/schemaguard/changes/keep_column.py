"""What ALTER TABLE ONLY ... DROP COLUMN does to the tables that inherit the column."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class KeepColumn(Change):
    """The column is the child's own, now that the parent has it no longer."""

    column: Column

    def apply(self, schema: SchemaState) -> SchemaState:
        """The child has it for itself."""
        own = schema.column(self.column)
        if own is None:
            return schema
        state = schema.known(self.column.table).with_column(replace(own, local=True))
        return schema.with_table(self.column.table, state)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)
