"""COPY."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.select_rows import reading
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRows(Change):
    """Rows come from a file, a program or the client, or go there."""

    #: Into which they come; None: they go.
    table: Relation | None
    columns: tuple[str, ...] = ()
    #: What they are read from, where they go.
    reads: tuple[Relation, ...] = ()
    #: Whether the server runs a program.
    program: bool = False

    @property
    def moves_data(self) -> bool:  # type: ignore[override]
        """Whether rows come in."""
        return self.table is not None

    @property
    def planned(self) -> bool:  # type: ignore[override]
        """Whether rows go out."""
        return self.table is None

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Those of an INSERT, or of a query."""
        if self.table is not None:
            yield from InsertRows(self.table, None).costs(schema, server)
        yield from reading(schema, self.reads)
