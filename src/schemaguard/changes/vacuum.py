"""VACUUM, of a table or of the whole database."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Rewrite
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import below, is_partitioned, missing, too_old, whole_database
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacuum(Change):
    """Space of dead rows can be used again; with FULL the table is written anew without them."""

    #: None: all tables of the database.
    table: Relation | None
    full: bool = False
    analyze: bool = False
    #: Those of which statistics are taken; (): all.
    columns: tuple[str, ...] = ()
    only: bool = False
    #: ONLY_DATABASE_STATS: no table is touched.
    no_table: bool = False
    #: The first major that knows the statement as it is written.
    since: int = 14

    @property
    def alone(self) -> bool:
        """Each table has its own transaction."""
        return True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A lock that lets reads and writes through; with FULL all is written anew while nobody can."""
        for table in () if self.no_table else self._tables(schema, server):
            if not self.full:
                yield Lock(table, LockMode.SHARE_UPDATE_EXCLUSIVE)
                continue
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE)
            if not (is_partitioned(schema, table) or schema.known(table).foreign):
                yield Rewrite(table, LockMode.ACCESS_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of what is not there, and of what older servers do not know."""
        yield from too_old(server, self.since, "this option of VACUUM")
        if self.columns and not self.analyze:
            yield Refusal("0A000", "VACUUM takes columns only together with ANALYZE")
        if self.table is not None:
            yield from missing(schema, self.table)

    def _tables(self, schema: SchemaState, server: Server) -> list[Relation]:
        if self.table is None:
            return whole_database(schema)
        # Partitions always; other tables that inherit, from 18 on, unless ONLY is said.
        goes_down = is_partitioned(schema, self.table) or max(server.majors) >= 18
        return [self.table, *(below(schema, self.table) if goes_down and not self.only else ())]
