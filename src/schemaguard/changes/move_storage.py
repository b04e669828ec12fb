"""ALTER TABLE ... SET TABLESPACE and SET ACCESS METHOD."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Rewrite
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStorage(Change):
    """The rows are kept elsewhere, or in another way."""

    table: Relation
    #: ``tablespace`` or ``access method``.
    what: str
    to: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was: where rows are kept is not followed."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """All rows are copied while nobody can use the table, unless they are there already."""
        del server
        if self.table in schema.indexes:
            return
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        # Of a table of which nothing is known not even that is: a move may have been made by hand before.
        usual = self.to in ("pg_default", "heap") or not schema.knows(self.table)
        there = f"{self.table.text} has {self.what} {self.to} already" if usual else ""
        yield Rewrite(self.table, LockMode.ACCESS_EXCLUSIVE, there)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """There is no SET ACCESS METHOD before 15, and none of partitioned tables before 17."""
        if self.what != "access method":
            return
        if min(server.majors) < 15:
            yield Refusal("42601", "before 15 there is no SET ACCESS METHOD")
        elif min(server.majors) < 17 and schema.known(self.table).partitioned_by is not None:
            yield Refusal("42809", f"{self.table.text} is partitioned, and has no rows of its own")
