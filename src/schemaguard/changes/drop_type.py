"""DROP TYPE and DROP DOMAIN."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_column import DropColumn
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss, Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import DomainState, OtherType, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import columns_of, gone_with, typed_tables, users, without_type


@dataclass(frozen=True, slots=True)
class DropType(Change):
    """The type is gone, and with CASCADE the columns of it and what is made of it."""

    type: Relation
    if_exists: bool = False
    cascade: bool = False
    #: DROP DOMAIN.
    domain: bool = False

    @property
    def about(self) -> Relation:
        """The type."""
        return self.type

    def apply(self, schema: SchemaState) -> SchemaState:
        """The type is gone."""
        return without_type(schema, self.type) if self.type in schema.types else schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Short locks on each table that loses a column, and on what points to it."""
        for table in self._tables(schema):
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE)
        for column in self._columns(schema):
            yield from DropColumn(column, cascade=True).costs(schema, server)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that names the type, and code that uses the columns that go with it."""
        if self._is_missing(schema):
            return
        yield Break(needs=f"type {self.type.text}")
        if self.cascade:
            for column in self._columns(schema):
                yield from DropColumn(column, cascade=True).breaks(schema, server)
            for table in self._tables(schema):
                yield Break(needs=f"table {table.text}")
            yield Break(needs=f"what else depends on type {self.type.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is of another kind, or something is of that type and CASCADE is not said."""
        del server
        state = schema.types.get(self.type)
        if isinstance(state, OtherType) and state.kind == "multirange":
            yield Refusal("2BP01", f"{self.type.text} comes and goes with its range type")
            return
        if self.domain and state is not None and not isinstance(state, DomainState):
            yield Refusal("42809", f"{self.type.text} is no domain")
            return
        used = [column.text for column in self._columns(schema)]
        made = [one.text for one in users(schema, self.type) if one != self.type and not _comes(schema, one)]
        of = [table.text for table in typed_tables(schema, self.type)]
        if not self.cascade and state is not None and (used or made or of):
            yield Refusal("2BP01", f"{', '.join([*used, *of, *made])} needs type {self.type.text}")

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """The values of the columns that go with it."""
        for column in self._columns(schema) if self.cascade else ():
            yield Loss(f"the values of {column.text}")
        for table in self._tables(schema):
            yield Loss(f"the rows of {table.text}")

    def _columns(self, schema: SchemaState) -> tuple[Column, ...]:
        """The columns that go with the type."""
        return tuple(c for one in gone_with(schema, self.type) for c, _ in columns_of(schema, one))

    def _tables(self, schema: SchemaState) -> tuple[Relation, ...]:
        """The tables that go with the type: those that are OF it."""
        return tuple(t for one in gone_with(schema, self.type) for t in typed_tables(schema, one))

    def _is_missing(self, schema: SchemaState) -> bool:
        return self.if_exists and schema.complete and self.type not in schema.types


def _comes(schema: SchemaState, name: Relation) -> bool:
    """Whether it is a type that comes and goes with another one."""
    state = schema.types[name]
    return isinstance(state, OtherType) and state.kind == "multirange"
