"""ALTER TABLE, INDEX or MATERIALIZED VIEW ALL IN TABLESPACE ... SET TABLESPACE."""

from collections.abc import Iterator
from enum import Enum

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Rewrite
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import is_partitioned
from schemaguard.schema import SchemaState
from schemaguard.server import Server

#: Where the catalogs are that all databases share.
_SHARED = "pg_global"


class Moved(Enum):
    """What is moved."""

    TABLES = "tables"
    INDEXES = "indexes"
    VIEWS = "materialized views"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveAll(Change):
    """All of a kind that are in a tablespace are copied to another; which ones, no migration says."""

    kind: Moved
    tablespace: str
    to: str
    #: Only what these roles own; (): whatever its owner.
    owners: tuple[str, ...] = ()
    nowait: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was: where rows are kept is not followed."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """All are locked first, then one after the other is copied; none where it would stay. (14 to 18.)"""
        del server
        for table in self._tables(schema) if self.to != self.tablespace else ():
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE)
            if not is_partitioned(schema, table):
                unless = f"{table.text} is in another tablespace than {self.tablespace}"
                yield Rewrite(table, LockMode.ACCESS_EXCLUSIVE, unless)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """What is shared stays where it is."""
        del schema, server
        if _SHARED in (self.tablespace, self.to):
            yield Refusal("22023", f"nothing can be moved to {_SHARED} or from it")

    def _tables(self, schema: SchemaState) -> list[Relation]:
        match self.kind:
            case Moved.TABLES:
                return sorted(schema.tables)
            case Moved.VIEWS:
                return sorted(name for name, view in schema.views.items() if view.materialized)
            case Moved.INDEXES:
                return []  # Their tables are not touched: see MoveIndex.
