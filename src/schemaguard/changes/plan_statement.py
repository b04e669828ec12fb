"""EXPLAIN without ANALYZE, and PREPARE: a statement is planned and not run."""

from collections.abc import Iterator
from typing import ClassVar

from schemaguard.changes.base import Change, Unread
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class PlanStatement(Change):
    """The changes that would come if it were run; ``name`` of a prepared statement, else ""."""

    name: str
    would: tuple[Change | Unread, ...]

    planned: ClassVar[bool] = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The locks on the tables that it names, for the moment of planning."""
        for change in (one for one in self.would if isinstance(one, Change)):
            yield from (cost for cost in change.costs(schema, server) if isinstance(cost, Lock))
