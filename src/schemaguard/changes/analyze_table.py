"""ANALYZE, of a table or of the whole database."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.reach import below, is_partitioned, missing, too_old, whole_database
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyzeTable(Change):
    """Statistics for the planner are taken anew, from a sample of the rows."""

    #: None: all tables of the database.
    table: Relation | None
    #: (): all.
    columns: tuple[str, ...] = ()
    only: bool = False
    #: The first major that knows the statement as it is written.
    since: int = 14

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Locks that let reads and writes through. A sample is read, of the same size for any large table."""
        for table in [self.table] if self.table is not None else whole_database(schema):
            yield Lock(table, LockMode.SHARE_UPDATE_EXCLUSIVE)
        if self.table is None or self.only:
            return
        for table in below(schema, self.table):
            # Those that inherit have statistics of their own taken from 18 on; before it they are read.
            own = is_partitioned(schema, self.table) or max(server.majors) >= 18
            yield Lock(table, LockMode.SHARE_UPDATE_EXCLUSIVE if own else LockMode.ACCESS_SHARE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of tables and columns that are not there, and of what older servers do not know."""
        yield from too_old(server, self.since, "this option of ANALYZE")
        if len(set(self.columns)) < len(self.columns):
            yield Refusal("42701", "a column is named twice")
        if self.table is None:
            return
        yield from missing(schema, self.table)
        for name in self.columns if schema.knows(self.table) else ():
            if schema.column(Column(self.table, name)) is None:
                yield Refusal("42703", f"there is no column {name} in {self.table.text}")
