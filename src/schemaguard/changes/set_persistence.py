"""ALTER TABLE ... SET LOGGED and SET UNLOGGED."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Rewrite
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss, Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Persistence, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class SetPersistence(Change):
    """The table's rows outlast a crash, or do so no longer."""

    table: Relation
    persistence: Persistence

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table is so from now on."""
        state = schema.known(self.table)
        if state.partitioned_by is not None:
            return schema
        return schema.with_table(self.table, replace(state, persistence=self.persistence))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """All rows are written anew, and for LOGGED also to the log; nothing if it is so already."""
        del server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        state = schema.known(self.table)
        if not schema.knows(self.table):
            yield Rewrite(self.table, LockMode.ACCESS_EXCLUSIVE, f"it is {self.persistence.value} already")
        elif state.persistence is not self.persistence:
            yield Rewrite(self.table, LockMode.ACCESS_EXCLUSIVE)

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """UNLOGGED loses all rows at the next crash."""
        if self.persistence is Persistence.UNLOGGED and (
            schema.known(self.table).persistence is not Persistence.UNLOGGED
        ):
            yield Loss(f"the rows of {self.table.text}, at the next crash of the server")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Rows that last must not point to rows that do not."""
        state = schema.known(self.table)
        if state.persistence is Persistence.TEMPORARY:
            yield Refusal("42P16", f"{self.table.text} is temporary")
        if state.partitioned_by is not None and max(server.majors) >= 18:
            yield Refusal("42809", f"{self.table.text} is partitioned, and has no rows of its own")
        if state.persistence is self.persistence:
            return
        if self.persistence is Persistence.UNLOGGED:
            for other, key in schema.referencing(self.table):
                if other != self.table and schema.known(other).persistence is Persistence.PERMANENT:
                    yield Refusal("42P16", f"foreign key {key.name} of {other.text} points to it")
        else:
            for key in state.foreign_keys():
                if schema.known(key.target).persistence is Persistence.UNLOGGED:
                    yield Refusal("42P16", f"it points to {key.target.text}, which is unlogged")
