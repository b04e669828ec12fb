"""IMPORT FOREIGN SCHEMA."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportForeignSchema(Change):
    """Foreign tables are made for the tables of another server, whichever it has."""

    remote: str
    server: str
    into: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """Which tables are there now only the other server knows."""
        return replace(schema, complete=False)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None: all of it is new."""
        del schema, server
        return iter(())

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of a server that is not there."""
        del server
        if schema.complete and Thing("server", self.server) not in schema.things:
            yield Refusal("42704", f"there is no server {self.server}")
