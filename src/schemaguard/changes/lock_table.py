"""LOCK TABLE."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import missing, with_all_below
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTable(Change):
    """The table is locked to the end of the transaction."""

    table: Relation
    mode: LockMode = LockMode.ACCESS_EXCLUSIVE
    only: bool = False
    nowait: bool = False

    @property
    def inside_only(self) -> bool:
        """By itself it would end at once."""
        return True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The lock, on all that inherits too, and on what a view reads."""
        del server
        for table in [self.table] if self.only else with_all_below(schema, self.table):
            yield Lock(table, self.mode)
        for table in _read_by(schema, self.table):
            yield Lock(table, self.mode)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of what is not there, and of what is no table or view."""
        del server
        yield from missing(schema, self.table)
        view = schema.views.get(self.table)
        if self.table in schema.indexes or self.table in schema.sequences or (view and view.materialized):
            yield Refusal("42809", f"{self.table.text} is neither a table nor a view")


def _read_by(schema: SchemaState, view: Relation) -> list[Relation]:
    """The tables that a view reads, through other views and with what inherits from them."""
    found: dict[Relation, None] = {}
    ahead = [view]
    while ahead:
        state = schema.views.get(ahead.pop())
        for relation in sorted(state.reads) if state is not None and not state.materialized else ():
            for table in with_all_below(schema, relation):
                if table not in found:
                    found[table] = None
                    ahead.append(table)
    return list(found)
