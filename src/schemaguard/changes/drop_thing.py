"""DROP of an object of which only its being there counts."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_table import DropTable
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server
from schemaguard.things import described, in_queries, is_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class DropThing(Change):
    """The thing is gone. What its DROP locks is said by who reads it."""

    thing: Thing
    if_exists: bool = False
    cascade: bool = False
    #: On tables, for a moment: nothing is read or written.
    locks: tuple[Lock, ...] = ()
    #: Whether the server refuses it inside of a transaction.
    outside: bool = False

    @property
    def alone(self) -> bool:
        """As said."""
        return self.outside

    @property
    def about(self) -> Thing:
        """The thing."""
        return self.thing

    def apply(self, schema: SchemaState) -> SchemaState:
        """The thing is gone; with CASCADE the foreign tables of a server, and the servers of a wrapper."""
        for other in self._along(schema) if self.cascade else ():
            schema = other.apply(schema)
        return replace(schema, things=schema.things - {self.thing})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The locks, if it is there; with CASCADE those of dropping foreign tables."""
        if not self._is_missing(schema):
            yield from self.locks
        for other in self._along(schema) if self.cascade else ():
            yield from other.costs(schema, server)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code whose queries use it; with CASCADE, perhaps code that uses what depends on it."""
        if self._is_missing(schema):
            return
        if in_queries(self.thing):
            yield Break(needs=described(self.thing))
        if self.cascade:
            yield Break(needs=f"what depends on {described(self.thing)}", certain=False)
            for other in self._along(schema):
                yield from other.breaks(schema, server)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of a server with foreign tables or a wrapper with servers, without CASCADE."""
        del server
        for other in self._along(schema) if not self.cascade else ():
            needs = other.table.text if isinstance(other, DropTable) else other.thing.name
            yield Refusal("2BP01", f"{needs} needs {described(self.thing)}")

    def _along(self, schema: SchemaState) -> "list[DropTable | DropThing]":
        """The foreign tables that go with a server, and the servers that go with a wrapper."""
        if self.thing.kind == "foreign data wrapper":
            servers = sorted(
                one for one in schema.things if one.kind == "server" and one.wrapper == self.thing.name
            )
            return [DropThing(thing=one, cascade=True) for one in servers]
        if self.thing.kind != "server":
            return []
        tables = sorted(name for name, state in schema.tables.items() if state.server == self.thing.name)
        return [DropTable(table, cascade=True, foreign=True) for table in tables]

    def _is_missing(self, schema: SchemaState) -> bool:
        return self.if_exists and is_missing(self.thing, schema)
