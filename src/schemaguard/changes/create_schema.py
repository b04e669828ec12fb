"""CREATE SCHEMA."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.changes.drop_schema import DropSchema
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.namespaces import schema_thing
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSchema(Change):
    """An empty schema."""

    name: str
    if_not_exists: bool = False

    def makes(self, before: SchemaState) -> Thing | None:
        """The schema, if it was not there before."""
        thing = schema_thing(self.name)
        unknown = self.if_not_exists and not before.complete
        return None if unknown or thing in before.things else thing

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is there. Schema public always counts as there."""
        if self.name == "public":
            return schema
        return replace(schema, things=schema.things | {schema_thing(self.name)})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of one that is there already, and of the system's names."""
        del server
        if self.name.startswith("pg_"):
            yield Refusal("42939", "names that begin with pg_ are the system's")
        elif not self.if_not_exists and schema_thing(self.name) in schema.things:
            yield Refusal("42P06", f"there is a schema {self.name} already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP SCHEMA, if it was not there before."""
        return (DropSchema(name=self.name),) if self.makes(before) is not None else ()
