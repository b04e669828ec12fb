"""INSERT."""

from collections.abc import Iterator
from dataclasses import field
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.select_rows import reading
from schemaguard.changes.update_rows import rewriting
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class InsertRows(Change):
    """New rows. ``columns`` None: all of the table's, in their order."""

    table: Relation
    columns: tuple[str, ...] | None
    reads: tuple[Relation, ...] = ()
    #: Whether all rows of what it reads are inserted: no WHERE is said anywhere.
    whole: bool = False

    #: ON CONFLICT: rows may not come to be.
    may_skip: bool = field(default=False, compare=False)
    #: The columns that are named more than once.
    twice: tuple[str, ...] = ()
    #: Those that ON CONFLICT DO UPDATE assigns, and that it assigns more than once.
    updated: frozenset[str] = frozenset()
    updated_twice: tuple[str, ...] = ()
    #: What nextval and the like name.
    sequences: tuple[Relation, ...] = ()

    moves_data: ClassVar[bool] = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Locks that let reads and writes through; the rows that foreign keys point to are looked up."""
        del server
        # Of a partitioned table only the parts that get rows are locked, which nobody can tell.
        for table in (self.table, *schema.descendants(self.table)):
            yield Lock(table, LockMode.ROW_EXCLUSIVE)
        for parent in schema.known(self.table).parents if schema.is_partition(self.table) else ():
            yield Lock(parent, LockMode.ACCESS_SHARE)
        for key in schema.known(self.table).foreign_keys():
            yield Lock(key.target, LockMode.ROW_SHARE)
        if self.updated:
            yield from rewriting(schema, self.table, self.updated)
        yield from reading(schema, self.reads)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of two values for one column."""
        del schema, server
        yield from (Refusal("42701", f"column {name} is named twice") for name in self.twice)
        yield from (Refusal("42601", f"column {name} is assigned twice") for name in self.updated_twice)
