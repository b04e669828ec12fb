"""ADD CONSTRAINT ... UNIQUE or PRIMARY KEY USING INDEX."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import SchemaState, TableState, Unique
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUsingIndex(Change):
    """A unique index becomes a constraint, and is renamed like it."""

    table: Relation
    #: "": the index's.
    name: str
    index: str
    primary: bool
    deferrable: bool = False
    deferred: bool = False

    turn: ClassVar[Turn] = Turn.USING_INDEX

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint is there; the index has its name."""
        name = self.name or self.index
        columns = self._columns(schema)
        if columns is None:
            state = schema.known(self.table)
            unknown = TableState(
                columns=state.columns, constraints=state.constraints, triggers=state.triggers, complete=False
            )
            return schema.with_table(self.table, unknown)
        renamed = schema.with_index_renamed(self.table.sibling(self.index), self.table.sibling(name))
        index = schema.indexes[self.table.sibling(self.index)]
        unique = Unique(
            name=name,
            columns=columns,
            primary=self.primary,
            deferrable=self.deferrable or self.deferred,
            deferred=self.deferred,
            nulls_distinct="NULLS NOT DISTINCT" not in index.definition.upper(),
            included=tuple(sorted(index.also)),
        )
        return replace(schema.with_constraint(self.table, unique), indexes=renamed.indexes)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock; a primary key has columns read that may hold NULL."""
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        if not self.primary:
            return
        columns = self._columns(schema)
        if columns is None:
            unknown = f"all columns of {self.table.text} in index {self.index} are NOT NULL already"
            yield Scan(self.table, LockMode.ACCESS_EXCLUSIVE, unknown)
            return
        for name in columns:
            yield from SetNotNull(Column(self.table, name)).costs(schema, server)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """The index must be what the constraint would build."""
        del server
        state, index = schema.known(self.table), schema.indexes.get(self.table.sibling(self.index))
        if self.primary and state.primary_key is not None:
            yield Refusal("42P16", f"{self.table.text} has a primary key already, {state.primary_key.name}")
        if state.partitioned_by is not None:
            yield Refusal("0A000", f"{self.table.text} is partitioned, and so would its index be")
        if index is None:
            return
        words = index.definition.upper()
        if not index.unique:
            yield Refusal("42809", f"index {self.index} is not unique")
        elif index.partial or None in index.columns:
            yield Refusal("42809", f"index {self.index} has WHERE or an expression")
        elif self.primary and "NULLS NOT DISTINCT" in words:
            yield Refusal("42P16", f"index {self.index} has NULLS NOT DISTINCT, and a primary key no NULLs")
        elif index.method != "btree" or " DESC" in words or "NULLS FIRST" in words:
            yield Refusal("42809", f"index {self.index} has not the order that a constraint's has")
        elif not index.valid:
            yield Refusal("55000", f"index {self.index} is not valid: building it did not end well")

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes NULL into a primary key; duplicates the index refuses already."""
        if self.primary:
            for name in self._columns(schema) or ():
                yield from SetNotNull(Column(self.table, name)).breaks(schema, server)

    def _columns(self, schema: SchemaState) -> tuple[str, ...] | None:
        """The columns of the index; None where it is unknown."""
        index = schema.indexes.get(self.table.sibling(self.index))
        return tuple(name for name in index.columns if name is not None) if index else None
