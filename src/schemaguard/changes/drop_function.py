"""DROP FUNCTION and DROP PROCEDURE."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class DropFunction(Change):
    """The function is gone. The server refuses where a trigger, default, constraint or index calls it."""

    schema: str
    name: str
    if_exists: bool = False

    @property
    def about(self) -> Thing:
        """The function."""
        return Thing("function", f"{self.schema}.{self.name}")

    def apply(self, schema: SchemaState) -> SchemaState:
        """The function is gone."""
        return replace(schema, functions=schema.functions - {(self.schema, self.name)})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that calls it."""
        del server
        missing = schema.complete and (self.schema, self.name) not in schema.functions
        if not (self.if_exists and missing):
            yield Break(needs=f"function {self.schema}.{self.name}")
