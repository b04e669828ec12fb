"""ALTER TABLE ... REPLICA IDENTITY."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaIdentity(Change):
    """By what subscribers know a row that is updated or deleted."""

    table: Relation
    #: ``DEFAULT`` (the primary key), ``FULL``, ``NOTHING`` or ``USING INDEX``.
    by: str
    index: str = ""

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was, in all that is followed."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Of a table that is published nothing can be updated any longer without an identity."""
        del server
        keyless = self.by == "DEFAULT" and schema.known(self.table).primary_key is None
        if self.by == "NOTHING" or (keyless and schema.knows(self.table)):
            yield Break(needs=f"UPDATE and DELETE of {self.table.text}, if it is published", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """The index must be unique, whole, and over columns that are NOT NULL."""
        del server
        index = schema.indexes.get(self.table.sibling(self.index)) if self.index else None
        if self.index and index is None and schema.knows(self.table):
            yield Refusal("42704", f"{self.table.text} has no index {self.index}")
        if index is None:
            return
        columns = [schema.known(self.table).column(name or "") for name in index.columns]
        if not index.unique or index.partial or None in index.columns:
            yield Refusal("42809", f"index {self.index} is not unique over whole columns of all rows")
        elif any(column is not None and not column.not_null for column in columns):
            yield Refusal("42809", f"index {self.index} has a column that may be null")
