"""CLUSTER, of a table or of all that have been clustered before."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Rewrite
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import is_partitioned, missing, too_old, whole_database, with_all_below
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterTable(Change):
    """The rows are written anew in the order of an index."""

    #: None: all tables that have been clustered before.
    table: Relation | None
    #: None: the one of last time.
    index: str | None = None
    #: The first major that knows the statement as it is written.
    since: int = 14

    @property
    def alone(self) -> bool:
        """Of many tables each has its own transaction."""
        return self.table is None

    def alone_on(self, schema: SchemaState) -> bool:
        """Partitions are tables, too."""
        return self.table is None or is_partitioned(schema, self.table)

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """All is written anew while nobody can use it."""
        del server
        all_tables = self.table is None
        for table in whole_database(schema) if self.table is None else _with_partitions(schema, self.table):
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE)
            if not is_partitioned(schema, table):
                unless = f"{table.text} has never been clustered" if all_tables else ""
                yield Rewrite(table, LockMode.ACCESS_EXCLUSIVE, unless)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of what is not there, and of partitioned tables up to 14."""
        yield from too_old(server, self.since, "this form of CLUSTER")
        if self.table is None:
            return
        yield from missing(schema, self.table)
        if is_partitioned(schema, self.table):
            yield from too_old(server, 15, "CLUSTER of a partitioned table", "0A000")
        if self.index is None:
            why = f"it has to be known which index {self.table.text} was clustered by: say USING"
            yield Refusal("42704", why, certain=False)
        elif schema.knows(self.table):
            index = schema.indexes.get(self.table.sibling(self.index))
            if index is None:
                yield Refusal("42704", f"there is no index {self.index} of {self.table.text}")
            elif index.table != self.table:
                yield Refusal("42809", f"{self.index} is an index of {index.table.text}")


def _with_partitions(schema: SchemaState, table: Relation) -> list[Relation]:
    """The table, and its partitions; not what merely inherits from it."""
    return with_all_below(schema, table) if is_partitioned(schema, table) else [table]
