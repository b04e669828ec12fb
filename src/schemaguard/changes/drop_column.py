"""ALTER TABLE ... DROP COLUMN."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class DropColumn(Change):
    """The column is gone, with its values and with the indexes and constraints that it is part of."""

    column: Column
    if_exists: bool = False
    cascade: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column is gone; with CASCADE also the columns that are generated from it."""
        for column in schema.known(self.column.table).columns:
            if column.generated and column.default and self.column.name in column.default.columns:
                schema = schema.without_column(Column(self.column.table, column.name))
        return schema.without_column(self.column)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock, also on the other end of each foreign key that goes with it."""
        del server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)
        for key in schema.known(self.column.table).foreign_keys():
            if self.column.name in key.columns:
                yield Lock(key.target, LockMode.ACCESS_EXCLUSIVE)
        for table, key in schema.referencing(self.column.table):
            if self.column.name in key.target_columns:
                yield Lock(table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses the column."""
        del server
        missing = schema.knows(self.column.table) and schema.column(self.column) is None
        if not (self.if_exists and missing):
            yield Break(needs=f"column {self.column.text}")
