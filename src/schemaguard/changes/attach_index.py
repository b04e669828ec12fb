"""ALTER INDEX ... ATTACH PARTITION."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState, Unique
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachIndex(Change):
    """An index of a partition becomes a part of the whole's index, which is valid with the last part."""

    whole: Relation
    part: Relation

    def apply(self, schema: SchemaState) -> SchemaState:
        """The index is a part of the whole."""
        whole, part = schema.indexes.get(self.whole), schema.indexes.get(self.part)
        if whole is None or part is None:
            return schema
        schema = schema.with_index(self.part, replace(part, part_of=self.whole))
        if own := _constraint(self.part, part.table, schema):
            state = schema.known(part.table).with_constraint(replace(own, inherited=True))
            schema = schema.with_table(part.table, state)
        covered = {
            index.table for index in schema.indexes.values() if index.part_of == self.whole and index.valid
        }
        if covered >= set(schema.children(whole.table)):
            schema = schema.with_index(self.whole, replace(whole, valid=True))
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Short locks on the partitioned table and on the partition, which let reads through."""
        del server
        whole, part = schema.indexes.get(self.whole), schema.indexes.get(self.part)
        if whole is not None and part is not None:
            yield Lock(whole.table, LockMode.ACCESS_SHARE)
            yield Lock(part.table, LockMode.ACCESS_SHARE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """The part must be of a partition, and like the whole."""
        del server
        whole, part = schema.indexes.get(self.whole), schema.indexes.get(self.part)
        if whole is None or part is None:
            return
        if part.table not in schema.children(whole.table):
            yield Refusal("42809", f"{part.table.text} is no partition of {whole.table.text}")
        elif part.columns != whole.columns or part.unique is not whole.unique or part.method != whole.method:
            yield Refusal("42P17", f"{self.part.text} is not like {self.whole.text}")
        elif _constraint(self.whole, whole.table, schema) and not _constraint(self.part, part.table, schema):
            yield Refusal("42P17", f"{self.whole.text} is a constraint's, and {self.part.text} is not")


def _constraint(index: Relation, table: Relation, schema: SchemaState) -> Unique | None:
    """The constraint that the index belongs to."""
    constraint = schema.known(table).constraint(index.name)
    return constraint if isinstance(constraint, Unique) else None
