"""DROP INDEX, plain and CONCURRENTLY."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Wait
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Exclude, ForeignKey, SchemaState, Unique
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex(Change):
    """The index is gone."""

    index: Relation
    concurrently: bool = False
    if_exists: bool = False
    cascade: bool = False

    @property
    def alone(self) -> bool:
        """CONCURRENTLY commits in between."""
        return self.concurrently

    def apply(self, schema: SchemaState) -> SchemaState:
        """The index is gone, and with CASCADE the foreign keys that rest on it."""
        for table, key in self._resting(schema):
            schema = schema.without_constraint(table, key.name)
        return schema.without_index(self.index)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A lock on its table, and on those whose keys go; where it is unknown, its own name stands in."""
        del server
        index = schema.indexes.get(self.index)
        if index is None and self._is_missing(schema):
            return
        table, unknown = (index.table, "") if index else (self.index, f"the table of index {self.index.text}")
        if self.concurrently:
            yield Lock(table, LockMode.SHARE_UPDATE_EXCLUSIVE, unknown)
            yield Wait(table, unknown)
        else:
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE, unknown)
        for pointing, _ in self._resting(schema):
            yield Lock(pointing, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that says ON CONFLICT, if the index is unique or may be."""
        del server
        index = schema.indexes.get(self.index)
        if index is None:
            if not self._is_missing(schema):
                yield Break(needs=f"index {self.index.text}", certain=False)
        elif index.unique and index.valid:
            columns = ", ".join(column or "an expression" for column in index.columns)
            yield Break(needs=f"uniqueness of ({columns}) in table {index.table.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A constraint's index goes with the constraint, and a partition's part with the whole."""
        del server
        index = schema.indexes.get(self.index)
        if index is None:
            return
        if index.part_of is not None:
            yield Refusal("2BP01", f"{self.index.text} is a part of the index {index.part_of.text}")
        elif isinstance(schema.known(index.table).constraint(self.index.name), Unique | Exclude):
            yield Refusal("2BP01", f"{self.index.text} is the index of a constraint of {index.table.text}")
        elif not self.cascade:
            for table, key in schema.resting_on(self.index):
                yield Refusal("2BP01", f"foreign key {key.name} of {table.text} rests on it")
        if self.concurrently and schema.known(index.table).partitioned_by is not None:
            yield Refusal("0A000", f"{index.table.text} is partitioned, and CONCURRENTLY knows no partitions")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """None: its whole definition is not kept."""
        return () if self._is_missing(before) else None

    def _resting(self, schema: SchemaState) -> list[tuple[Relation, ForeignKey]]:
        return schema.resting_on(self.index) if self.cascade else []

    def _is_missing(self, schema: SchemaState) -> bool:
        return self.if_exists and schema.complete and self.index not in schema.indexes
