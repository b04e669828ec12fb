"""ALTER COLUMN ... DROP DEFAULT."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.schema import ColumnState, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class DropDefault(Change):
    """Rows inserted from now on without a value get NULL."""

    column: Column

    turn: ClassVar[Turn] = Turn.DROP

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column has no default."""
        state = schema.known(self.column.table)
        column = state.column(self.column.name) or ColumnState(name=self.column.name)
        return schema.with_table(self.column.table, state.with_column(replace(column, default=None)))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that leaves the column out: refused from now on where NULL is not allowed."""
        del server
        state = schema.column(self.column)
        if state is None or state.default is not None:
            certain = state is not None and state.not_null
            yield Break(needs=f"INSERT without column {self.column.text}", certain=certain)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The default from before, if we know which it was."""
        from schemaguard.changes.set_default import SetDefault

        state = before.column(self.column)
        if state is None:
            return None
        return (SetDefault(self.column, state.default),) if state.default else ()
