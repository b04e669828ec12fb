"""MERGE."""

from collections.abc import Iterator
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.delete_rows import finding, following
from schemaguard.changes.select_rows import reading
from schemaguard.changes.update_rows import rewriting
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import behind, too_old
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRows(Change):
    """Rows are inserted, updated or deleted, by what another relation has."""

    table: Relation
    reads: tuple[Relation, ...] = ()
    inserts: bool = False
    #: The columns that WHEN MATCHED THEN UPDATE assigns.
    updates: frozenset[str] = frozenset()
    #: Those that one action assigns more than once.
    twice: tuple[str, ...] = ()
    deletes: bool = False
    #: WHEN NOT MATCHED BY SOURCE: also rows of which the other relation knows nothing.
    by_source: bool = False
    returning: bool = False

    moves_data: ClassVar[bool] = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Locks that let reads and writes through; all of the table is compared with the other relation."""
        del server
        yield Lock(self.table, LockMode.ROW_EXCLUSIVE)
        yield Scan(self.table, LockMode.ROW_EXCLUSIVE)
        if self.updates or self.deletes:
            yield from finding(schema, self.table, None)
        if self.updates:
            yield from rewriting(schema, self.table, self.updates)
        if self.deletes:
            yield from following(schema, schema.reached_from(self.table))
        for key in schema.known(self.table).foreign_keys() if self.inserts else ():
            yield Lock(key.target, LockMode.ROW_SHARE)
        yield from reading(schema, self.reads)
        for relation in behind(schema, (self.table,)):
            yield Lock(relation, LockMode.ROW_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of servers that do not have it yet, and of two values for one column."""
        yield from too_old(server, 15, "MERGE")
        if self.table in schema.views:
            yield from too_old(server, 17, "MERGE into a view", "0A000")
        if self.by_source:
            yield from too_old(server, 17, "WHEN NOT MATCHED BY in MERGE")
        elif self.returning:
            yield from too_old(server, 17, "RETURNING in MERGE")
        yield from (Refusal("42601", f"column {name} is assigned twice") for name in self.twice)
