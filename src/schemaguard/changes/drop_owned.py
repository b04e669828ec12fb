"""DROP OWNED."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DropOwned(Change):
    """All that the roles own in this database is gone, and what they were granted."""

    roles: tuple[str, ...]
    cascade: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """What they own is not known: what is known of the schema may not be there any more."""
        return replace(schema, complete=False)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """On tables that are dropped a lock that stops every query; which they are is not known."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses anything of it."""
        del schema, server
        yield Break(needs=f"whatever belongs or is granted to {', '.join(self.roles)}", certain=False)

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """Their tables, with the rows."""
        del schema
        yield Loss(f"every table of {', '.join(self.roles)}, and its rows")
