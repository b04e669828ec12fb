"""CREATE INDEX, plain and CONCURRENTLY."""

from collections.abc import Iterator
from dataclasses import field, replace

from schemaguard.breaks import Break
from schemaguard.changes.add_unique import lacks_partition_key
from schemaguard.changes.base import Change
from schemaguard.changes.drop_index import DropIndex
from schemaguard.costs import BuildIndex, Cost, Lock, Wait
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation, generated, quote, quote_all
from schemaguard.partition_steps import Part, build, part_of
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe
from schemaguard.schema import IndexState, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex(Change):
    """A new index."""

    #: The part behind the schema is "" where PostgreSQL chooses.
    name: Relation
    index: IndexState
    concurrently: bool = False
    if_not_exists: bool = False
    #: ON ONLY: the partitions get none.
    only: bool = False
    #: What a name that PostgreSQL chooses is made of: columns, functions, ``expr``, then the INCLUDE
    #: columns; (): the columns.
    labels: tuple[str, ...] = field(default=(), compare=False)

    @property
    def alone(self) -> bool:
        """CONCURRENTLY commits in between."""
        return self.concurrently

    def apply(self, schema: SchemaState) -> SchemaState:
        """The index is there."""
        # Indexes of materialized views are not followed.
        if self.is_there(schema) or self.index.table in schema.views:
            return schema
        # ON ONLY a partitioned table it is not valid before each partition has its part.
        partitioned = schema.known(self.index.table).partitioned_by is not None
        waiting = self.only and partitioned and bool(schema.children(self.index.table))
        index = replace(self.index, valid=False) if waiting else self.index
        return schema.with_index(self.chosen_name(schema), index)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """It is built while nobody can write; with CONCURRENTLY everybody can, but it waits for them."""
        del server
        table = self.index.table
        mode = LockMode.SHARE_UPDATE_EXCLUSIVE if self.concurrently else LockMode.SHARE
        yield Lock(table, mode)
        if self.is_there(schema):
            return
        yield BuildIndex(table, mode)
        if self.concurrently:
            yield Wait(table)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes duplicates, if the index is unique and any does."""
        del server
        named = [column for column in self.index.columns if column is not None]
        if self.index.unique and not self.is_there(schema) and not (
            len(named) == len(self.index.columns) and schema.unique_over(self.index.table, named)
        ):  # fmt: skip
            columns = ", ".join(column or "an expression" for column in self.index.columns)
            yield Break(needs=f"duplicates of ({columns}) in table {self.index.table.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """On a partitioned table not CONCURRENTLY, and unique only with the partition key."""
        del server
        if self.is_there(schema):
            return
        if self.concurrently and schema.known(self.index.table).partitioned_by is not None:
            yield Refusal(
                "0A000", f"{self.index.table.text} is partitioned, and CONCURRENTLY knows no partitions"
            )
        if self.index.unique:
            yield from lacks_partition_key(schema, self.index.table, self.index.columns)

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """Built while the table is in use. None where the author's text says more than we keep of it."""
        del server, intent
        index = self.index
        named = [column for column in index.columns if column is not None]
        if self.is_there(schema) or len(named) < len(index.columns) or index.also or index.partial:
            return None
        unique = "UNIQUE " if index.unique else ""
        columns = quote_all(named)

        def write(part: Part) -> str:
            how, on = ("CONCURRENTLY ", "") if part.parts is None else ("", "ONLY ")
            return f"CREATE {unique}INDEX {how}{quote(part.index.name)} ON {on}{part.table} ({columns})"

        # A unique index refuses what old code may write.
        phase = Phase.CONTRACT if any(self.breaks(schema, Server())) else Phase.EXPAND
        return Recipe(steps=tuple(build(self.as_part(schema), write, phase)))

    def as_part(self, schema: SchemaState) -> Part:
        """The index with its parts, under the names that PostgreSQL would choose for them."""

        def name(table: Relation) -> str:
            own = replace(self, name=table.sibling(""), index=replace(self.index, table=table))
            return own.chosen_name(schema).name

        return part_of(self.index.table, self.chosen_name(schema), schema, name)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP INDEX, if it was not there before."""
        if self.is_there(before):
            return ()
        return (DropIndex(index=self.chosen_name(before), concurrently=self.concurrently),)

    def chosen_name(self, schema: SchemaState) -> Relation:
        """The name that it has in the end."""
        if self.name.name:
            return self.name
        labels = self.labels or tuple(column or "expr" for column in self.index.columns)
        taken = schema.relation_names(self.name.schema)
        return self.name.sibling(generated(self.index.table.name, _distinct(labels), "idx", taken))

    def is_there(self, schema: SchemaState) -> bool:
        """Whether IF NOT EXISTS finds something of that name."""
        # A table of that name, or a view, is in the way as well.
        return self.if_not_exists and schema.has_relation(self.name)


def _distinct(labels: tuple[str, ...]) -> tuple[str, ...]:
    """As the server names an index's columns: a number follows the second ``expr``."""
    found: list[str] = []
    for label in labels:
        name, number = label, 0
        while name in found:
            number += 1
            name = f"{label}{number}"
        found.append(name)
    return tuple(found)
