"""CREATE of an object of which only its being there counts: a collation, a cast, a text search parser..."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_thing import DropThing
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server
from schemaguard.things import described, in_queries


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateThing(Change):
    """The thing is there. What its CREATE locks is said by who reads it."""

    thing: Thing
    #: OR REPLACE.
    replace: bool = False
    if_not_exists: bool = False
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

    def makes(self, before: SchemaState) -> Thing | None:
        """The thing, if it was not there before."""
        return None if self._was_there(before) else self.thing

    def apply(self, schema: SchemaState) -> SchemaState:
        """The thing is there."""
        return replace(schema, things=schema.things | {self.thing})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The locks."""
        del schema, server
        yield from self.locks

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """With OR REPLACE, code that counts on what it was."""
        del server
        if self.replace and self._was_there(schema) and in_queries(self.thing):
            yield Break(needs=f"{described(self.thing)} as it was", certain=False)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP, unless it was there before: another that OR REPLACE replaced does not come back."""
        if self._was_there(before):
            return None if self.replace else ()
        return (DropThing(thing=self.thing, locks=self.locks),)

    def _was_there(self, before: SchemaState) -> bool:
        """Whether it was, or may have been, there before."""
        may_be = not before.complete and (self.replace or self.if_not_exists)
        return may_be or self.thing in before.things
