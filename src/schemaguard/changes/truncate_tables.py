"""TRUNCATE."""

from collections.abc import Iterator
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss, Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import is_partitioned, missing, with_all_below
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncateTables(Change):
    """The tables are empty, at once and for all who look."""

    tables: tuple[Relation, ...]
    #: Those of them that were named with ONLY.
    only: frozenset[Relation] = frozenset()
    restart_identity: bool = False
    #: The tables that refer to them are emptied, too.
    cascade: bool = False

    moves_data: ClassVar[bool] = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A lock on each that is emptied, which stops every query."""
        del server
        for table in self.emptied(schema):
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE)

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """All rows."""
        for table in self.emptied(schema):
            yield Loss(f"the rows of {table.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of tables to which others refer that are not emptied with them."""
        del server
        for table in self.tables:
            yield from missing(schema, table, a_table=True)
            if table in schema.views or table in schema.sequences or table in schema.indexes:
                yield Refusal("42809", f"{table.text} is no table")
            if table in self.only and is_partitioned(schema, table):
                yield Refusal("42809", f"{table.text} is partitioned, and ONLY leaves nothing to empty")
        named = self.named(schema)
        for table in named if not self.cascade else ():
            for other, key in schema.referencing(table):
                if other not in named:
                    why = f"{other.text} refers to {table.text} by {key.name}; empty both in one statement"
                    yield Refusal("0A000", why)

    def named(self, schema: SchemaState) -> list[Relation]:
        """The tables that are named, and what belongs to them."""
        found: dict[Relation, None] = {}
        for table in self.tables:
            found.update(dict.fromkeys([table] if table in self.only else with_all_below(schema, table)))
        return list(found)

    def emptied(self, schema: SchemaState) -> list[Relation]:
        """The tables that are named, and with CASCADE those that refer to them."""
        found = dict.fromkeys(self.named(schema))
        if self.cascade:
            for table in self.named(schema):
                for other in schema.reached_from(table):
                    # A key of a partitioned table is one of each partition.
                    below = with_all_below(schema, other) if is_partitioned(schema, other) else [other]
                    found.update(dict.fromkeys(below))
        return list(found)
