"""COMMIT, END, ROLLBACK and ABORT."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class EndTransaction(Change):
    """Locks are released; without ``commit`` the schema is as at BEGIN, which ``interpret`` sees to."""

    commit: bool

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
