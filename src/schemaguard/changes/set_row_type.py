"""ALTER TABLE ... OF and NOT OF: the table is one of a composite type, or by itself again."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRowType(Change):
    """The table follows the type from now on, or no longer. No row is touched."""

    table: Relation
    #: None: NOT OF.
    type: Relation | None

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table is of that type."""
        return schema.with_table(self.table, replace(schema.known(self.table), of_type=self.type))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A lock for a moment."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A table that is of no type cannot leave it."""
        del server
        state = schema.table(self.table)
        if self.type is None and state is not None and state.complete and state.of_type is None:
            yield Refusal("42809", f"{self.table.text} is of no type")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The type from before."""
        state = before.table(self.table)
        return None if state is None else (SetRowType(table=self.table, type=state.of_type),)
