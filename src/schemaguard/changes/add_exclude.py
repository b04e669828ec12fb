"""ADD CONSTRAINT ... EXCLUDE."""

from collections.abc import Iterator
from dataclasses import field
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.add_unique import building_mode, lacks_partition_key
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_constraint import drop_what_is_added
from schemaguard.constraint_forms import not_before
from schemaguard.costs import BuildIndex, Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import Exclude, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class AddExclude(Change):
    """No two rows are such that all operators say true, which an index sees to."""

    table: Relation
    exclude: Exclude
    #: As a partition's part of a constraint, which before 18 only stops writes of the partition.
    gently: bool = field(default=False, compare=False)

    turn: ClassVar[Turn] = Turn.INDEX

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the constraint and its index."""
        return schema.with_constraint(self.table, self.exclude)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The index is built while nobody can use the table."""
        del schema, server
        mode = building_mode(gently=self.gently, deferrable=self.exclude.deferrable)
        yield Lock(self.table, mode)
        yield BuildIndex(self.table, mode)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes such rows, if any does."""
        del schema, server
        about = ", ".join(self.exclude.columns) or "an expression"
        needs = f"rows of table {self.table.text} that exclude each other by ({about})"
        yield Break(needs=needs, certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of a partitioned table it must compare the partition key, and is possible from 17 on."""
        yield from exclude_refusals(schema, self.table, self.exclude, server)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT."""
        return drop_what_is_added(self.table, before, self.apply(before))


def exclude_refusals(
    schema: SchemaState, table: Relation, exclude: Exclude, server: Server
) -> Iterator[Refusal]:
    """What PostgreSQL says to the constraint on that table."""
    if schema.known(table).partitioned_by is not None:
        yield from not_before(17, "0A000", "partitioned tables have no EXCLUDE constraints", server)
        yield from lacks_partition_key(schema, table, exclude.columns)
    if exclude.index is not None and exclude.index.method in ("gin", "brin"):
        yield Refusal("0A000", f"an index of kind {exclude.index.method} cannot exclude rows")
