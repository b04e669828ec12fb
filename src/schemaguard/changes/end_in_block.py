"""COMMIT or ROLLBACK inside of a DO block or a procedure."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class EndInBlock(Change):
    """The transaction in which the block has run so far ends, and the next begins; refused inside of one."""

    commit: bool = True
    #: In a function, or what a function calls, and in procedures with settings, the server refuses it.
    misplaced: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())
