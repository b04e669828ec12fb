"""ADD CONSTRAINT ... FOREIGN KEY."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_constraint import drop_what_is_added
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import ForeignKey, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class AddForeignKey(Change):
    """Rows written from now on must point to a row of the target; if it is valid, all rows do."""

    table: Relation
    key: ForeignKey

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the constraint."""
        return schema.with_constraint(self.table, self.key)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Neither table takes writes; unless it is NOT VALID, both are read meanwhile."""
        del schema, server
        for table in (self.table, self.key.target):
            yield Lock(table, LockMode.SHARE_ROW_EXCLUSIVE)
            if self.key.valid:
                yield Scan(table, LockMode.SHARE_ROW_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes orphans or deletes parents, if any does; NOT VALID refuses them too."""
        del schema, server
        columns = ", ".join(self.key.columns)
        yield Break(
            needs=f"rows of table {self.table.text} whose ({columns}) is not in {self.key.target.text}",
            certain=False,
        )

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT."""
        return drop_what_is_added(self.table, before, self.apply(before))
