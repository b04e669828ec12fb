"""DROP of an object of which only its being there counts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
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
        """The thing is gone."""
        return replace(schema, things=schema.things - {self.thing})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The locks, if it is there."""
        del server
        if not self._is_missing(schema):
            yield from self.locks

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code whose queries use it; with CASCADE, perhaps code that uses what depends on it."""
        del server
        if self._is_missing(schema):
            return
        if in_queries(self.thing):
            yield Break(needs=described(self.thing))
        if self.cascade:
            yield Break(needs=f"what depends on {described(self.thing)}", certain=False)

    def _is_missing(self, schema: SchemaState) -> bool:
        return self.if_exists and is_missing(self.thing, schema)
