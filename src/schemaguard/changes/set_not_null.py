"""ALTER COLUMN ... SET NOT NULL."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.schema import ColumnState, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class SetNotNull(Change):
    """The column refuses NULL from now on."""

    column: Column

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column is NOT NULL."""
        state = schema.known(self.column.table)
        column = state.column(self.column.name) or ColumnState(name=self.column.name)
        return schema.with_table(self.column.table, state.with_column(replace(column, not_null=True)))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A scan, unless a valid CHECK proves what the server wants to know."""
        del server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)
        if not schema.proves_present(self.column):
            yield Scan(self.column.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes NULL, if any does."""
        del server
        if not schema.proves_present(self.column):
            yield Break(needs=f"NULL in column {self.column.text}", certain=False)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP NOT NULL, if it was not there before."""
        state = before.column(self.column)
        return () if state is not None and state.not_null else (DropNotNull(self.column),)
