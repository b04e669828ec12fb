"""CHECKPOINT, LOAD, LISTEN, UNLISTEN and NOTIFY: nothing that queries wait for."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class TouchNoTable(Change):
    """A statement that neither changes nor locks any object of the schema."""

    #: Its first word.
    verb: str
    #: The channel or file; "": none, or all.
    name: str = ""

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())
