"""ALTER COLUMN ... SET DEFAULT."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_default import DropDefault
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.defaults import as_kept, is_null
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.schema import ColumnState, Expression, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class SetDefault(Change):
    """Rows inserted from now on without a value get this one. Rows that are there keep theirs."""

    column: Column
    default: Expression

    turn: ClassVar[Turn] = Turn.CONSTRAINT

    @property
    def about(self) -> Column:
        """The column: nobody misses one that the same release has added."""
        return self.column

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column has the default; NULL is none."""
        state = schema.known(self.column.table)
        column = state.column(self.column.name) or ColumnState(name=self.column.name)
        column = as_kept(replace(column, default=self.default))
        return schema.with_table(self.column.table, state.with_column(column))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that leaves the column out and counts on what it was before; NULL takes a default away."""
        if is_null(self.default):
            yield from DropDefault(self.column).breaks(schema, server)
        else:
            yield Break(needs=f"the default of column {self.column.text} as it was", certain=False)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The default from before, if we know which it was."""
        state = before.column(self.column)
        if state is None:
            return None
        return (SetDefault(self.column, state.default) if state.default else DropDefault(self.column),)
