"""ALTER FOREIGN TABLE, whatever it does: the table is a foreign one, of which no row is here."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.changes.base import Change, Turn
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class AsForeign(Change):
    """The statement calls the table foreign: what comes after it reads and writes no rows."""

    turn: ClassVar[Turn] = Turn.DROP

    table: Relation

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table is known to be foreign from now on, if it was not known before."""
        if schema.knows(self.table):
            return schema
        return schema.with_table(self.table, replace(schema.known(self.table), foreign=True))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None of its own."""
        del schema, server
        return iter(())

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A table with rows of its own is none."""
        del server
        if schema.knows(self.table) and not schema.known(self.table).foreign:
            yield Refusal("42809", f"{self.table.text} is no foreign table")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """Nothing is to be taken back."""
        del before
        return ()
