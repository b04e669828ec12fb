"""DROP VIEW and DROP MATERIALIZED VIEW."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.dependents import Dependents, dependents
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DropView(Change):
    """The view is gone, and with CASCADE those that read it."""

    view: Relation
    materialized: bool = False
    if_exists: bool = False
    cascade: bool = False
    #: The others that the same statement drops: they may read each other.
    beside: tuple[Relation, ...] = ()

    def apply(self, schema: SchemaState) -> SchemaState:
        """The view is gone."""
        if self.cascade:
            schema = self._dependents(schema).without(schema)
        things = frozenset(thing for thing in schema.things if thing.table != self.view)
        views = {name: view for name, view in schema.views.items() if name != self.view}
        return replace(schema, views=views, things=things)

    def _dependents(self, schema: SchemaState) -> Dependents:
        return dependents(schema, relations=(self.view, *self.beside))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock on the view."""
        del server
        if self._is_missing(schema):
            return
        yield Lock(self.view, LockMode.ACCESS_EXCLUSIVE)
        if self.cascade:
            yield from self._dependents(schema).locks(schema)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that reads it."""
        del server
        if not self._is_missing(schema):
            yield Break(needs=f"view {self.view.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Without CASCADE, while others read it."""
        del server
        for words in self._dependents(schema).words() if not self.cascade else ():
            yield Refusal("2BP01", f"{words} reads it")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """None: its query is not kept."""
        return () if self._is_missing(before) else None

    def _is_missing(self, schema: SchemaState) -> bool:
        return self.if_exists and schema.complete and self.view not in schema.views
