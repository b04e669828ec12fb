"""ALTER TABLE ... SET SCHEMA."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.rename_table import pointing
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState, Thing, with_sequence_named
from schemaguard.server import Server
from schemaguard.uses import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSchema(Change):
    """The table is in another schema, with its indexes and constraints."""

    table: Relation
    to: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The same table in the other schema; what points to it follows."""
        new = Relation(self.to, self.table.name)
        if self.table in schema.views:
            views = {new if name == self.table else name: view for name, view in schema.views.items()}
            return reading(replace(schema, views=views), self.table, new)
        if self.table in schema.sequences:
            return with_sequence_named(schema, self.table, new)
        for sequence, state in schema.sequences.items():
            if state.goes_with(self.table):
                schema = with_sequence_named(schema, sequence, Relation(self.to, sequence.name))
        moved = {name: Relation(self.to, name.name) for name, _ in schema.indexes_of(self.table)}
        indexes = {
            moved.get(name, name): replace(
                index,
                table=new if index.table == self.table else index.table,
                part_of=moved.get(index.part_of, index.part_of) if index.part_of else None,
            )
            for name, index in schema.indexes.items()
        }
        tables = {**schema.tables, self.table: schema.known(self.table)}
        tables = {
            new if name == self.table else name: pointing(state, self.table, new)
            for name, state in tables.items()
        }
        things = frozenset(
            replace(thing, table=new) if thing.table == self.table else thing for thing in schema.things
        )
        moved_too = replace(schema, tables=tables, indexes=indexes, things=things)
        return reading(moved_too, self.table, new)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock; on a sequence none."""
        del server
        if self.table not in schema.sequences:
            yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that looks for it where it was."""
        del schema, server
        if self.table.schema != self.to:
            yield Break(needs=f"table {self.table.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Where there is one of that name already, or no such schema."""
        del server
        there = self.to == "public" or Thing("schema", self.to) in schema.things
        if schema.complete and not there:
            yield Refusal("3F000", f"there is no schema {self.to}")
        if self.table.schema != self.to and schema.has_relation(Relation(self.to, self.table.name)):
            yield Refusal("42P07", f"there is {self.to}.{self.table.name} already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old schema again."""
        del before
        return (SetSchema(table=Relation(self.to, self.table.name), to=self.table.schema),)
