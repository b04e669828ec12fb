"""ALTER COLUMN ... SET NOT NULL."""

from collections.abc import Iterator
from dataclasses import field, replace
from typing import ClassVar

from schemaguard.batched_steps import fill_nulls
from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe, Step
from schemaguard.schema import NotNull, SchemaState
from schemaguard.server import Server
from schemaguard.steps import set_not_null

_NOTE = "Where running code writes NULL to {0}, it will read back a value that it did not write."


@dataclass(frozen=True, slots=True)
class SetNotNull(Change):
    """The column refuses NULL from now on."""

    column: Column
    #: The statement says ONLY.
    only: bool = field(default=False, compare=False)
    #: Where the table has it from a parent: as what.
    how: NotNull = field(default_factory=NotNull)

    turn: ClassVar[Turn] = Turn.NOT_NULL

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column is NOT NULL; what a child has of it stays as it is."""
        column = schema.column(self.column)
        if column is None or not column.not_null:
            table = self.column.table
            own = self.only and bool(schema.children(table)) and not schema.partitions(table)
            return schema.with_not_null(self.column, replace(self.how, own=own))
        had = column.not_null_as
        how = replace(had, inherited=True) if self.how.inherited else replace(had, valid=True, local=True)
        state = schema.known(self.column.table).with_column(replace(column, not_null_as=how))
        return schema.with_table(self.column.table, state)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A scan, unless a valid CHECK proves what the server wants to know."""
        del server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)
        column = schema.column(self.column)
        if column is not None and column.not_null:
            # One that is not valid is validated, whatever a CHECK proves; a child's stays as it is.
            read = not column.not_null_as.valid and not self.how.inherited
        else:
            read = not schema.proves_present(self.column)
        if read:
            yield Scan(self.column.table, LockMode.ACCESS_EXCLUSIVE, self._proof_perhaps(schema))

    def _proof_perhaps(self, schema: SchemaState) -> str:
        """What would spare the scan where the table's constraints are not all known."""
        if schema.knows(self.column.table):
            return ""
        return f"{self.column.text} is NOT NULL already, or a valid CHECK proves that it is not null"

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes NULL, if any does."""
        del server
        column = schema.column(self.column)
        if not (column is not None and column.not_null) and not schema.proves_present(self.column):
            yield Break(needs=f"NULL in column {self.column.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """What is NO INHERIT stays so; of a partitioned table the partitions come along."""
        del server
        table, name = self.column.table, self.column.name
        for one in (table, *(schema.descendants(table) if not self.only else ())):
            column = schema.known(one).column(name)
            if column is not None and column.not_null_as.own:
                yield Refusal("0A000", f"NOT NULL of {name} in {one.text} is NO INHERIT")

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """NULLs are filled while both versions run; when the old one is gone, a CHECK proves the rest."""
        del server
        column = schema.column(self.column)
        if schema.proves_present(self.column) or column is None or column.type is None:
            return None
        value = intent.null.get(self.column.name, "")
        notes: tuple[str, ...] = ()
        filled: tuple[Step, ...] = ()
        if value:
            # Old code may write NULL until it is gone, so they are filled a second time.
            filled = tuple(
                fill_nulls(self.column, str(column.type), value, phase)
                for phase in (Phase.BACKFILL, Phase.CONTRACT)
            )
            notes = (_NOTE.format(self.column.text),)
        return Recipe(steps=(*filled, *set_not_null(self.column, str(column.type))), notes=notes)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP NOT NULL, if it was not there before, valid or not."""
        state = before.column(self.column)
        return () if state is not None and state.not_null else (DropNotNull(self.column),)
