"""CREATE FUNCTION and CREATE PROCEDURE."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_function import DropFunction
from schemaguard.costs import Cost
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateFunction(Change):
    """A new function, or with OR REPLACE another body for one."""

    schema: str
    name: str
    replace: bool
    body: str
    language: str
    #: Its body is SQL that is read now, so that its names are settled, and not when it is called.
    settled: bool = False
    #: SECURITY DEFINER: it may what its owner may.
    definer: bool = False
    #: The settings that it has while it runs.
    settings: frozenset[str] = frozenset()

    @property
    def about(self) -> Thing:
        """The function."""
        return Thing("function", f"{self.schema}.{self.name}")

    def makes(self, before: SchemaState) -> Thing | None:
        """The function, where there was none of its name."""
        new = not self.replace or (before.complete and (self.schema, self.name) not in before.functions)
        return self.about if new else None

    def apply(self, schema: SchemaState) -> SchemaState:
        """The function is there."""
        return replace(schema, functions=schema.functions | {(self.schema, self.name)})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that calls it and counts on what it did before."""
        del server
        if self.replace and (not schema.complete or (self.schema, self.name) in schema.functions):
            yield Break(needs=f"function {self.schema}.{self.name} as it was", certain=False)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP FUNCTION, unless it takes the place of another."""
        if self.replace and (not before.complete or (self.schema, self.name) in before.functions):
            return None
        return (DropFunction(schema=self.schema, name=self.name),)
