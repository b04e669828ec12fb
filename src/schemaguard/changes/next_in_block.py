"""The next statement of a DO block."""

from collections.abc import Iterator
from dataclasses import field

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class NextInBlock(Change):
    """What comes after it, up to the next of its kind, is one statement inside of a DO block."""

    #: Whether it runs only if a condition says so, which is a guard that we take to be right.
    guarded: bool = False
    #: SQLSTATEs that an EXCEPTION around it catches; "" among them: any.
    caught: frozenset[str] = frozenset()
    #: The statement as it is written.
    text: str = field(default="", compare=False)

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None of its own."""
        del schema, server
        return iter(())

    def spares(self, sqlstate: str) -> bool:
        """Whether the statement is not run, or does no harm, where the server would refuse it so."""
        return self.guarded or sqlstate in self.caught or "" in self.caught
