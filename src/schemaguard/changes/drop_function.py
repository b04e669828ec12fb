"""DROP FUNCTION and DROP PROCEDURE."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.locks import LockMode
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DropFunction(Change):
    """The function is gone."""

    schema: str
    name: str
    if_exists: bool
    cascade: bool

    def apply(self, schema: SchemaState) -> SchemaState:
        """The function is gone."""
        return replace(schema, functions=schema.functions - {(self.schema, self.name)})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None; with CASCADE a short lock on each table that has a trigger, since any may call it."""
        del server
        if self.cascade:
            for table, state in schema.tables.items():
                if state.triggers:
                    yield Lock(table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that calls it."""
        del server
        missing = schema.complete and (self.schema, self.name) not in schema.functions
        if not (self.if_exists and missing):
            yield Break(needs=f"function {self.schema}.{self.name}")
