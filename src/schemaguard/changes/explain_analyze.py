"""EXPLAIN ANALYZE: the statement is run, and its changes follow."""

from collections.abc import Iterable, Iterator

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.next_in_block import NextInBlock
from schemaguard.changes.select_rows import SelectRows
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class ExplainAnalyze(Change):
    """What comes after it is run, and measured."""

    #: Whether it writes rows, or makes a table.
    writes: bool

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None of its own."""
        del schema, server
        return iter(())


def writes(explained: Iterable[Change | Unread]) -> bool:
    """Whether these changes do more than to read rows."""
    return any(not isinstance(change, SelectRows | NextInBlock | Unread) for change in explained)
