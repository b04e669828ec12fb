"""ALTER of an object of which only its being there counts: its owner, its options, what it is made of."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server
from schemaguard.things import described


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterThing(Change):
    """The thing is there as before; something about it is another."""

    thing: Thing
    #: What is done to it, in the words of the statement: ``owner to``, ``refresh version``.
    action: str
    #: Whether running code may notice that it is not what it was.
    felt: bool = False
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
        """Nothing that is known of it changes."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The locks."""
        del schema, server
        yield from self.locks

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that counts on what it was, where that can be felt."""
        del schema, server
        if self.felt:
            yield Break(needs=f"{described(self.thing)} as it was", certain=False)
