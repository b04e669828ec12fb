"""What DROP CONSTRAINT does to the tables that inherit it and have it for themselves as well."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class KeepConstraint(Change):
    """The constraint is the child's own, now that the parent has it no longer."""

    table: Relation
    name: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The child has it for itself."""
        own = schema.known(self.table).constraint(self.name)
        if own is None:
            return schema
        state = schema.known(self.table).with_constraint(replace(own, inherited=False))
        return schema.with_table(self.table, state)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
