"""CREATE TABLE."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemaguard.changes.base import Change
from schemaguard.changes.drop_table import DropTable
from schemaguard.costs import Cost, Lock
from schemaguard.defaults import as_kept
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import ColumnState, Constraint, ForeignKey, SchemaState, TableState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable(Change):
    """A new table, which no running code knows."""

    table: Relation
    columns: tuple[ColumnState, ...]
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table is there, with its constraints and their indexes."""
        if self._is_there(schema):
            return schema
        columns = tuple(as_kept(column) for column in self.columns)
        schema = schema.with_table(self.table, TableState(columns=columns))
        # The server makes them in this order, which decides about the numbers in generated names.
        for constraint in sorted(self.constraints, key=_order):
            schema = schema.with_constraint(self.table, constraint)
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Nobody can use the new table yet; but the tables that it refers to take no writes."""
        del server
        if self._is_there(schema):
            return
        for constraint in self.constraints:
            if isinstance(constraint, ForeignKey) and constraint.target != self.table:
                yield Lock(constraint.target, LockMode.SHARE_ROW_EXCLUSIVE)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP TABLE, if it was not there before."""
        return () if self._is_there(before) else (DropTable(self.table),)

    def _is_there(self, schema: SchemaState) -> bool:
        return self.if_not_exists and schema.table(self.table) is not None


def _order(constraint: Constraint) -> int:
    return 2 if isinstance(constraint, ForeignKey) else 1
