"""REINDEX of an index, a table, a schema, the database or the system's catalogs."""

from collections.abc import Iterator
from enum import Enum

from schemaguard.changes.base import Change
from schemaguard.costs import BuildIndex, Cost, Lock, Wait
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import is_partitioned, missing, too_old, whole_database, with_all_below
from schemaguard.schema import SchemaState
from schemaguard.server import Server


class Whole(Enum):
    """What has many tables."""

    SCHEMA = "SCHEMA"
    DATABASE = "DATABASE"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindex(Change):
    """Indexes are built anew. What they are of: an index, a table, or a whole of many tables."""

    index: Relation | None = None
    table: Relation | None = None
    whole: Whole | None = None
    #: The name of the whole; "": the database that we are in.
    name: str = ""
    concurrently: bool = False
    #: The first major that knows the statement as it is written.
    since: int = 14

    @property
    def alone(self) -> bool:
        """Of many tables each has its own transaction, and CONCURRENTLY commits in between."""
        return self.concurrently or self.whole is not None

    def alone_on(self, schema: SchemaState) -> bool:
        """Partitions are tables, too."""
        return self.alone or is_partitioned(schema, self._table(schema))

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Nobody can write meanwhile; with CONCURRENTLY everybody can, but it waits for them.

        The index itself is locked against all. Who plans a query on the table looks at each of its
        indexes, so that most readers wait as well. (14 to 18.)
        """
        del server
        for table in self._tables(schema):
            yield Lock(table, self._mode(schema, table), self.stands_for(schema))
            if not is_partitioned(schema, table):
                if self._builds(schema, table):
                    yield BuildIndex(table, self._mode(schema, table))
                if self.concurrently and not self._through_parent(schema):
                    yield Wait(table, self.stands_for(schema))
            elif self.concurrently and self.index is not None:
                yield Wait(table, self.stands_for(schema))

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of what is not there, and of the system's catalogs without a lock."""
        yield from too_old(server, self.since, "this form of REINDEX")
        if self.whole is Whole.SYSTEM and self.concurrently:
            yield Refusal("0A000", "the system's catalogs cannot be reindexed CONCURRENTLY")
        if self.table is not None:
            yield from missing(schema, self.table)
        if self.index is not None:
            yield from missing(schema, self.index)

    def _table(self, schema: SchemaState) -> Relation:
        """The one table; where an index is unknown its own name stands in."""
        if self.index is not None:
            index = schema.indexes.get(self.index)
            return index.table if index is not None else self.index
        return self.table or Relation("", "")

    def stands_for(self, schema: SchemaState) -> str:
        unknown = self.index is not None and self.index not in schema.indexes
        return f"the table of index {self.index.text}" if unknown and self.index else ""

    def _tables(self, schema: SchemaState) -> list[Relation]:
        match self.whole:
            case None:
                table = self._table(schema)
                return with_all_below(schema, table) if is_partitioned(schema, table) else [table]
            case Whole.SYSTEM:
                return []  # The catalogs are no tables of ours.
            case Whole.SCHEMA | Whole.DATABASE:
                # A partitioned table has no rows: its partitions are met by themselves.
                return [
                    table
                    for table in whole_database(schema)
                    if not is_partitioned(schema, table)
                    and (self.whole is Whole.DATABASE or table.schema == self.name)
                ]

    def _mode(self, schema: SchemaState, table: Relation) -> LockMode:
        # Of a partitioned table all partitions are first locked together, for a moment, as without
        # CONCURRENTLY. (14 to 18.)
        if self.concurrently and not (self._through_parent(schema) and table != self.table):
            return LockMode.SHARE_UPDATE_EXCLUSIVE
        return LockMode.SHARE

    def _through_parent(self, schema: SchemaState) -> bool:
        return self.table is not None and is_partitioned(schema, self.table)

    def _builds(self, schema: SchemaState, table: Relation) -> bool:
        return not schema.knows(table) or any(True for _ in schema.indexes_of(table))
