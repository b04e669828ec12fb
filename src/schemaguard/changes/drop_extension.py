"""DROP EXTENSION."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server

#: What every database has from the beginning.
ALWAYS_THERE = frozenset({"plpgsql"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DropExtension(Change):
    """The extension is gone, with all its functions, types, operators and tables."""

    name: str
    if_exists: bool = False
    cascade: bool = False

    @property
    def about(self) -> Thing:
        """The extension."""
        return Thing("extension", self.name)

    def apply(self, schema: SchemaState) -> SchemaState:
        """It is gone. With CASCADE what else is gone is not known, unless it made nothing that we know."""
        schema = replace(schema, things=schema.things - {self.about})
        return replace(schema, complete=False) if self.cascade else schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """With CASCADE, tables that lose a column or an index are locked; which they are is not known."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses what it made, and with CASCADE what was made of that."""
        del server
        there = self.about in schema.things or self.name in ALWAYS_THERE
        if self.if_exists and schema.complete and not there:
            return
        yield Break(needs=f"extension {self.name}")
        if self.cascade:
            yield Break(needs=f"columns, indexes and functions that use extension {self.name}", certain=False)

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """The values in columns of its types."""
        del schema
        if self.cascade:
            yield Loss(f"the values of all columns whose types extension {self.name} made")
