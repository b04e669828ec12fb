"""ADD CONSTRAINT ... NOT NULL (18)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.constraint_forms import not_before, own_not_null
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.schema import NotNull, SchemaState, not_null_name
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class AddNotNull(Change):
    """The column refuses NULL from now on; if the constraint is valid, no row holds it."""

    column: Column
    how: NotNull

    turn: ClassVar[Turn] = Turn.CONSTRAINT

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column has the constraint; one that it had stays as it is."""
        column = schema.column(self.column)
        if column is None or not column.not_null:
            return schema.with_not_null(self.column, self.how)
        had = column.not_null_as
        how = replace(had, inherited=True) if self.how.inherited else replace(had, local=True)
        state = schema.known(self.column.table).with_column(replace(column, not_null_as=how))
        return schema.with_table(self.column.table, state)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A scan, unless it is NOT VALID or a valid CHECK proves what the server wants to know."""
        del server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)
        if self.how.valid and not self._has_it(schema) and not schema.proves_present(self.column):
            yield Scan(self.column.table, LockMode.ACCESS_EXCLUSIVE, self._proof_perhaps(schema))

    def _proof_perhaps(self, schema: SchemaState) -> str:
        """What would spare the scan where the table's constraints are not all known."""
        if schema.knows(self.column.table):
            return ""
        return f"{self.column.text} is NOT NULL already, or a valid CHECK proves that it is not null"

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes NULL, if any does; NOT VALID refuses it, too."""
        del server
        if not self._has_it(schema) and not schema.proves_present(self.column):
            yield Break(needs=f"NULL in column {self.column.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A column has one, as which it stays: it is changed by other statements."""
        table, name = self.column.table, self.column.name
        yield from not_before(18, "42601", "NOT NULL is no constraint of its own", server)
        if self.how.own:
            yield from own_not_null(table, schema.known(table).partitioned_by is not None, server)
        column = schema.column(self.column)
        if column is not None and column.not_null:
            if self.how.name not in ("", not_null_name(table, column)):
                yield Refusal("55000", f"NOT NULL of {self.column.text} has another name")
            if column.not_null_as.own is not self.how.own:
                yield Refusal("55000", f"NO INHERIT of NOT NULL of {self.column.text} cannot change so")
        for one in (table, *(schema.descendants(table) if not self.how.own else ())):
            there = schema.known(one).column(name)
            if there is None or not there.not_null:
                continue
            if self.how.valid and not there.not_null_as.valid:
                yield Refusal(
                    "55000", f"NOT NULL of {name} in {one.text} is NOT VALID: it has to be validated"
                )
            if one != table and there.not_null_as.own:
                yield Refusal("55000", f"NOT NULL of {name} in {one.text} is NO INHERIT")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP NOT NULL, if it was not there before."""
        return () if self._has_it(before) else (DropNotNull(self.column),)

    def _has_it(self, schema: SchemaState) -> bool:
        column = schema.column(self.column)
        return column is not None and column.not_null
