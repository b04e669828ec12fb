"""ALTER COLUMN ... SET NOT NULL."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe, Step
from schemaguard.schema import ColumnState, SchemaState
from schemaguard.server import Server
from schemaguard.steps import fill_nulls, set_not_null

_NOTE = "Where running code writes NULL to {0}, it will read back a value that it did not write."


@dataclass(frozen=True, slots=True)
class SetNotNull(Change):
    """The column refuses NULL from now on."""

    column: Column

    turn: ClassVar[Turn] = Turn.NOT_NULL

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column is NOT NULL."""
        state = schema.known(self.column.table)
        column = state.column(self.column.name) or ColumnState(name=self.column.name)
        return schema.with_table(self.column.table, state.with_column(replace(column, not_null=True)))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A scan, unless a valid CHECK proves what the server wants to know."""
        del server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)
        if not schema.proves_present(self.column):
            yield Scan(self.column.table, LockMode.ACCESS_EXCLUSIVE, self._proof_perhaps(schema))

    def _proof_perhaps(self, schema: SchemaState) -> str:
        """What would spare the scan where the table's constraints are not all known."""
        if schema.knows(self.column.table):
            return ""
        return f"{self.column.text} is NOT NULL already, or a valid CHECK proves that it is not null"

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes NULL, if any does."""
        del server
        if not schema.proves_present(self.column):
            yield Break(needs=f"NULL in column {self.column.text}", certain=False)

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
        """DROP NOT NULL, if it was not there before."""
        state = before.column(self.column)
        return () if state is not None and state.not_null else (DropNotNull(self.column),)
