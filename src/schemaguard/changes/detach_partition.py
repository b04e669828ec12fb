"""ALTER TABLE ... DETACH PARTITION."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.attach_partition import default_of
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Wait
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Check, Constraint, Expression, SchemaState
from schemaguard.server import Server

_AX = LockMode.ACCESS_EXCLUSIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachPartition(Change):
    """A partition becomes a table of its own: queries on the whole no longer see its rows."""

    table: Relation
    partition: Relation
    concurrently: bool = False
    #: Ends what a CONCURRENTLY that was interrupted has begun.
    finalize: bool = False

    @property
    def alone(self) -> bool:
        """CONCURRENTLY commits in between."""
        return self.concurrently

    def apply(self, schema: SchemaState) -> SchemaState:
        """It is a table of its own, which keeps what it had from the whole."""
        if schema.complete and self.partition not in schema.tables:
            return schema
        state = schema.known(self.partition)
        constraints = tuple(_own(constraint) for constraint in state.constraints)
        columns = tuple(
            replace(column, local=True, not_null_as=replace(column.not_null_as, inherited=False, local=True))
            for column in state.columns
        )
        alone = replace(state, parents=(), bound="", constraints=constraints, columns=columns)
        schema = schema.with_table(self.partition, alone)
        for name, index in list(schema.indexes_of(self.partition)):
            schema = schema.with_index(name, replace(index, part_of=None))
        if self.concurrently:
            # So that it can be attached again without being read.
            key = schema.known(self.table).partitioned_by or frozenset()
            bound = Expression(text=state.bound, columns=key, proves_present=key)
            schema = schema.with_constraint(self.partition, Check(name="", expression=bound))
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Nobody can use the whole for a moment; with CONCURRENTLY everybody can, but it waits for them."""
        del server
        if self.concurrently or self.finalize:
            yield Lock(self.table, LockMode.SHARE_UPDATE_EXCLUSIVE)
            yield Lock(self.partition, _AX)
            if self.concurrently:
                yield Wait(self.table)
                yield Wait(self.partition)
            yield from self._of_keys(schema)
            return
        yield Lock(self.table, _AX)
        for part in (self.partition, *schema.descendants(self.partition)):
            yield Lock(part, _AX)
        if (other := default_of(schema, self.table)) is not None:
            yield Lock(other, _AX)
        for pointing, _ in schema.referencing(self.table):
            yield Lock(pointing, LockMode.SHARE_ROW_EXCLUSIVE)
        yield from self._of_keys(schema)

    def _of_keys(self, schema: SchemaState) -> Iterator[Cost]:
        """Its foreign keys become its own."""
        for key in schema.known(self.partition).foreign_keys():
            if key.inherited:
                yield Lock(key.target, LockMode.SHARE_ROW_EXCLUSIVE)
                if self.concurrently:
                    yield Wait(key.target)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that looks for its rows in the whole, or writes such."""
        del schema, server
        yield Break(needs=f"the rows of {self.partition.text} in {self.table.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """CONCURRENTLY not beside a default partition."""
        if schema.knows(self.table) and schema.known(self.table).partitioned_by is None:
            yield Refusal(
                "42P17" if max(server.majors) < 18 else "42809", f"{self.table.text} is not partitioned"
            )
        if schema.knows(self.partition) and self.table not in schema.known(self.partition).parents:
            yield Refusal("42P01", f"{self.partition.text} is no partition of {self.table.text}")
        if self.concurrently and (other := default_of(schema, self.table)) is not None:
            yield Refusal("55000", f"{self.table.text} has a default partition, {other.text}")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """None: rows may have been written since that do not belong there."""
        del before
        return None


def _own(constraint: Constraint) -> Constraint:
    if isinstance(constraint, Check):
        return replace(constraint, inherited=False, local=True)
    return replace(constraint, inherited=False)
