"""ALTER TABLE ... ALTER CONSTRAINT ... [NO] INHERIT of a NOT NULL (18)."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.constraint_forms import not_before
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class InheritNotNull(Change):
    """The table's children are NOT NULL as well from now on, or have that for themselves."""

    table: Relation
    name: str
    inherits: bool

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint is so; what it does to the children is told with them."""
        column = schema.required_by(self.table, self.name)
        if column is None:
            return schema.with_table(self.table, schema.known(self.table))
        how = replace(column.not_null_as, own=not self.inherits)
        state = schema.known(self.table).with_column(replace(column, not_null_as=how))
        return schema.with_table(self.table, state)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock; the children are read."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Only NOT NULL can be altered so, and only where it comes from."""
        sqlstate = "42601" if self.inherits else "0A000"
        yield from not_before(18, sqlstate, "no constraint can be altered to be inherited, or not", server)
        column = schema.required_by(self.table, self.name)
        if column is not None:
            if column.not_null_as.inherited:
                yield Refusal("55000", f"{self.name} of {self.table.text} is inherited")
        elif schema.known(self.table).constraint(self.name) is not None:
            yield Refusal("42809", f"{self.name} is no NOT NULL")
        elif schema.knows(self.table):
            yield Refusal("42704", f"{self.table.text} has no constraint {self.name}")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The other way round, where no child has got anything by it."""
        if before.children(self.table):
            return None
        return (InheritNotNull(table=self.table, name=self.name, inherits=not self.inherits),)
