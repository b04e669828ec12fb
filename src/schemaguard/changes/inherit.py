"""ALTER TABLE ... INHERIT and NO INHERIT."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.attach_partition import misfitting, unlike
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Check, ColumnState, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherit(Change):
    """The table inherits from another, or no longer: queries on that one see its rows, or not."""

    table: Relation
    parent: Relation
    begins: bool

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the parent, or has it no longer and keeps its columns."""
        state, above = schema.known(self.table), schema.known(self.parent)
        parents = tuple(parent for parent in state.parents if parent != self.parent)
        names = {check.name for check in above.checks() if not check.own}
        constraints = tuple(
            replace(c, inherited=self.begins, local=True) if isinstance(c, Check) and c.name in names else c
            for c in state.constraints
        )
        columns = tuple(self._column(column, above.column(column.name)) for column in state.columns)
        parents = (*parents, self.parent) if self.begins else parents
        changed = replace(state, parents=parents, constraints=constraints, columns=columns)
        return schema.with_table(self.table, changed)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock on the table; queries on the parent go on."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        mode = LockMode.SHARE_UPDATE_EXCLUSIVE if self.begins else LockMode.ACCESS_SHARE
        yield Lock(self.parent, mode)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that reads the parent, and sees more rows than before, or fewer."""
        del schema, server
        seen = "without" if self.begins else "with"
        yield Break(needs=f"{self.parent.text} {seen} the rows of {self.table.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A child has all columns and constraints of its parent."""
        del server
        if not (schema.knows(self.table) and schema.knows(self.parent)):
            return
        state, above = schema.known(self.table), schema.known(self.parent)
        if not self.begins:
            if schema.is_partition(self.table):
                yield Refusal("42809", f"{self.table.text} is a partition, which is detached")
            if self.parent not in state.parents:
                yield Refusal("42P01", f"{self.parent.text} is no parent of {self.table.text}")
            return
        if above.partitioned_by is not None or schema.is_partition(self.table):
            yield Refusal("42809", "partitions are attached, and do not inherit")
        if state.partitioned_by is not None:
            yield Refusal("42809", f"{self.table.text} is partitioned, and cannot inherit")
        if self.parent in state.parents:
            yield Refusal("42P07", f"{self.table.text} inherits from {self.parent.text} already")
        for column in above.columns:
            yield from misfitting(self.table, column, state.column(column.name))
        for check in above.checks():
            if not check.own:
                yield from unlike(self.table, check, state.constraint(check.name))

    def _column(self, column: ColumnState, above: ColumnState | None) -> ColumnState:
        """As the column is when the parent has come, or has gone."""
        if above is None:
            return column
        if self.begins:
            inherited = above.not_null and not above.not_null_as.own
            return replace(column, not_null_as=replace(column.not_null_as, inherited=inherited))
        return replace(
            column, local=True, not_null_as=replace(column.not_null_as, inherited=False, local=True)
        )

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The other way round, of which the columns stay."""
        del before
        return None
