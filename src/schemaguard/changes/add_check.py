"""ADD CONSTRAINT ... CHECK."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_constraint import drop_what_is_added
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Check, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class AddCheck(Change):
    """Rows written from now on must fulfil the condition; if it is valid, all rows do."""

    table: Relation
    check: Check

    turn: ClassVar[Turn] = Turn.CONSTRAINT

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the constraint."""
        return schema.with_constraint(self.table, self.check)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A scan, unless it is NOT VALID."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        if self.check.valid:
            yield Scan(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes what the condition forbids, if any does; NOT VALID refuses new rows too."""
        del schema, server
        yield Break(
            needs=f"rows of table {self.table.text} where not ({self.check.expression.text})", certain=False
        )

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT."""
        return drop_what_is_added(self.table, before, self.apply(before))
