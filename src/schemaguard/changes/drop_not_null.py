"""ALTER COLUMN ... DROP NOT NULL."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.changes.base import Change, Turn
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.schema import ColumnState, NotNull, SchemaState, not_null_name
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class DropNotNull(Change):
    """The column accepts NULL from now on."""

    column: Column

    turn: ClassVar[Turn] = Turn.DROP

    @property
    def about(self) -> Column:
        """The column: nobody misses one that the same release has added."""
        return self.column

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column is nullable."""
        state = schema.known(self.column.table)
        column = state.column(self.column.name) or ColumnState(name=self.column.name)
        column = replace(column, not_null=False, not_null_as=NotNull())
        return schema.with_table(self.column.table, state.with_column(column))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A primary key needs it; and what is NOT NULL above is so in partitions (18: in all children)."""
        for parent in schema.inherited_from(self.column):
            above = schema.column(Column(parent, self.column.name))
            partition = schema.known(parent).partitioned_by is not None
            inherits = above is not None and above.not_null and not above.not_null_as.own
            if inherits and (partition or max(server.majors) >= 18):
                yield Refusal(
                    "42P16", f"{self.column.text} is NOT NULL in {parent.text}, from which it is inherited"
                )
        key = schema.known(self.column.table).primary_key
        if key is not None and self.column.name in key.columns:
            yield Refusal("42P16", f"{self.column.text} is part of the primary key")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """SET NOT NULL, refused where NULL has been written since; None: it would not be as it was."""
        from schemaguard.changes.set_not_null import SetNotNull  # It names this one as its own way back.

        state = before.column(self.column)
        if state is None or before.children(self.column.table):
            return None
        if not state.not_null:
            return ()
        how = state.not_null_as
        chosen = not_null_name(self.column.table, replace(state, not_null_as=NotNull()))
        plain = how.valid and how.local and not (how.own or how.inherited) and how.name in ("", chosen)
        return (SetNotNull(self.column),) if plain else None
