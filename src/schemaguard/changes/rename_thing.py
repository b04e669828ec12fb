"""RENAME TO and SET SCHEMA of an object of which only its being there counts."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server
from schemaguard.things import described, in_queries, is_missing


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameThing(Change):
    """The thing has another name, or is in another schema."""

    thing: Thing
    #: The same kind of thing under its new name.
    new: Thing
    #: On tables, for a moment: nothing is read or written.
    locks: tuple[Lock, ...] = ()

    @property
    def about(self) -> Thing:
        """The thing."""
        return self.thing

    def makes(self, before: SchemaState) -> Thing:
        """Its new name."""
        del before
        return self.new

    def apply(self, schema: SchemaState) -> SchemaState:
        """The thing is known by its new name."""
        if is_missing(self.thing, schema):
            return schema
        known = next((one for one in schema.things if one == self.thing), self.thing)
        others = (self._under(one) for one in schema.things - {self.thing})
        renamed = replace(schema, things=frozenset({*others, replace(self.new, wrapper=known.wrapper)}))
        for table, state in schema.tables.items() if self.thing.kind == "server" else ():
            if state.server == self.thing.name:
                renamed = renamed.with_table(table, replace(state, server=self.new.name))
        return renamed

    def _under(self, other: Thing) -> Thing:
        """A server has a wrapper by its new name."""
        mine = self.thing.kind == "foreign data wrapper" and other.wrapper == self.thing.name
        return replace(other, wrapper=self.new.name) if mine else other

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The locks."""
        del schema, server
        yield from self.locks

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code whose queries know the old name. A cast or a language has none that they say."""
        del schema, server
        if in_queries(self.thing):
            yield Break(needs=described(self.thing))

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (RenameThing(thing=self.new, new=self.thing, locks=self.locks),)
