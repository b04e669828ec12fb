"""BEGIN and START TRANSACTION."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class BeginTransaction(Change):
    """Locks are held from now on until the end of the transaction."""

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """Nothing is to be taken back."""
        del before
        return ()
