"""What DROP CONSTRAINT does to the tables that inherit it and have it for themselves as well."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Check, Constraint, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class KeepConstraint(Change):
    """The constraint is the child's own, now that the parent has it no longer."""

    table: Relation
    name: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The child has it for itself."""
        own = schema.known(self.table).constraint(self.name)
        column = schema.required_by(self.table, self.name)
        if own is None and column is not None:
            how = replace(column.not_null_as, inherited=False, local=True)
            state = schema.known(self.table).with_column(replace(column, not_null_as=how))
            return schema.with_table(self.table, state)
        if own is None:
            return schema
        state = schema.known(self.table).with_constraint(_own(own))
        return schema.with_table(self.table, state)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)


def _own(constraint: Constraint) -> Constraint:
    if isinstance(constraint, Check):
        return replace(constraint, inherited=False, local=True)
    return replace(constraint, inherited=False)
