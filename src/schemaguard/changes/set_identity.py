"""ALTER COLUMN ... ADD GENERATED, SET GENERATED, DROP IDENTITY, and options of its sequence."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import ColumnState, Identity, SchemaState, with_own_sequence, without_owned
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class SetIdentity(Change):
    """The column fills itself from a sequence of its own, in another way, or no longer."""

    column: Column
    #: None: DROP IDENTITY, or with ``options`` as it was.
    identity: Identity | None
    adds: bool = False
    #: Only the sequence's options change.
    options: bool = False
    if_exists: bool = False
    #: SEQUENCE NAME of one that is added.
    sequence: Relation | None = None

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column is so from now on."""
        state = schema.known(self.column.table)
        column = state.column(self.column.name) or ColumnState(name=self.column.name)
        if self.options and self.identity is None:
            return schema
        changed = replace(column, identity=self.identity)
        schema = schema.with_table(self.column.table, state.with_column(changed))
        if self.adds:
            return with_own_sequence(schema, self.column, self.sequence)
        if self.identity is None:
            return replace(schema, sequences=without_owned(schema.sequences, self.column))
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """ALWAYS refuses values that code gives itself; without identity code has to give them."""
        del server
        column = schema.column(self.column)
        was = column.identity if column is not None else None
        if self.identity is Identity.ALWAYS and was is not Identity.ALWAYS:
            yield Break(needs=f"INSERT and UPDATE with a value for column {self.column.text}")
        if self.identity is None and not self.options and (column is None or was is not None):
            yield Break(needs=f"INSERT without column {self.column.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is added only to what is NOT NULL and has no default, and changed only where it is."""
        if schema.is_partition(self.column.table) and max(server.majors) >= 17:
            yield Refusal("42P16", f"{self.column.table.text} is a partition, whose identity is the whole's")
        column = schema.column(self.column)
        if column is None:
            return
        if self.adds:
            if column.type is not None and column.type.name not in ("smallint", "integer", "bigint"):
                yield Refusal("22023", f"{self.column.text} is {column.type}, and no integer")
            if column.identity is not None or column.default is not None:
                yield Refusal("55000", f"{self.column.text} fills itself already")
            elif not column.holds_no_null:
                yield Refusal("55000", f"{self.column.text} is not NOT NULL, or not validated to be")
        elif column.identity is None and not self.if_exists:
            yield Refusal("55000", f"{self.column.text} is no identity column")
