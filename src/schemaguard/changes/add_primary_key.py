"""ADD PRIMARY KEY."""

from collections.abc import Iterator
from dataclasses import field
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.add_unique import (
    AddUnique,
    added_name,
    building_mode,
    key_as_part,
    lacks_partition_key,
)
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_constraint import drop_what_is_added
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.constraint_forms import unknown_forms
from schemaguard.costs import BuildIndex, Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Column, Relation
from schemaguard.partition_steps import build_key
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe, Step
from schemaguard.schema import SchemaState, Unique
from schemaguard.server import Server
from schemaguard.steps import set_not_null


@dataclass(frozen=True, slots=True)
class AddPrimaryKey(Change):
    """No two rows have the same values, and none of these is null."""

    table: Relation
    key: Unique
    #: As a partition's part of a key, which before 18 only stops writes of the partition.
    gently: bool = field(default=False, compare=False)

    turn: ClassVar[Turn] = Turn.INDEX

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the constraint and its index, and its columns are NOT NULL."""
        return schema.with_constraint(self.table, self.key)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The index is built, and columns are read that may hold NULL, while nobody can use the table."""
        mode = building_mode(gently=self.gently, deferrable=self.key.deferrable)
        yield Lock(self.table, mode)
        yield BuildIndex(self.table, mode)
        for name in self.key.columns:
            column = schema.column(Column(self.table, name))
            if not self.gently or column is None or not column.not_null:
                yield from SetNotNull(Column(self.table, name)).costs(schema, server)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes duplicates or NULL, if any does."""
        yield from AddUnique(self.table, self.key).breaks(schema, server)
        for name in self.key.columns:
            yield from SetNotNull(Column(self.table, name)).breaks(schema, server)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """There is one at most; of a partitioned table it must include the partition key."""
        for name in self.key.columns:
            column = schema.column(Column(self.table, name))
            if (
                column is not None
                and column.not_null
                and (column.not_null_as.own or not column.not_null_as.valid)
            ):
                why = "NO INHERIT" if column.not_null_as.own else "NOT VALID"
                yield Refusal("55000", f"NOT NULL of {name} in {self.table.text} is {why}")
            for child in schema.descendants(self.table):
                below = schema.known(child).column(name)
                if below is not None and below.not_null_as.own:
                    yield Refusal("55000", f"NOT NULL of {name} in {child.text} is NO INHERIT")
        yield from unknown_forms(self.key, server)
        if (other := schema.known(self.table).primary_key) is not None:
            yield Refusal("42P16", f"{self.table.text} has a primary key already, {other.name}")
        yield from lacks_partition_key(schema, self.table, self.key.columns)

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """Its columns are made NOT NULL first, then the index is built while the table is in use."""
        present = self.present(schema, server, intent)
        if present is None or self.key.without_overlaps:
            return None  # The index of such a key can only be built with it.
        whole = key_as_part(self.table, added_name(self.table, schema, self.apply(schema)), self.key, schema)
        return Recipe(steps=(*present, *build_key(whole, self.key, Phase.CONTRACT)))

    def present(self, schema: SchemaState, server: Server, intent: Intent) -> list[Step] | None:
        """What makes its columns NOT NULL; None: one of them is not known."""
        steps: list[Step] = []
        for name in self.key.columns:
            column = Column(self.table, name)
            state = schema.column(column)
            if state is None or (not state.not_null and state.type is None):
                return None
            if not state.not_null:
                filled = SetNotNull(column).recipe(schema, server, intent)
                steps += filled.steps if filled else set_not_null(column, str(state.type))
        return steps

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT, which leaves NOT NULL behind, and DROP NOT NULL where there was none."""
        columns = [Column(self.table, name) for name in self.key.columns]
        states = [before.column(column) for column in columns]
        if any(state is None for state in states):
            return None
        nullable = [c for c, state in zip(columns, states, strict=True) if state and not state.not_null]
        dropped = drop_what_is_added(self.table, before, self.apply(before))
        return (*dropped, *(DropNotNull(column) for column in nullable))
