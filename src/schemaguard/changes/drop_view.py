"""DROP VIEW and DROP MATERIALIZED VIEW."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
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

    def apply(self, schema: SchemaState) -> SchemaState:
        """The view is gone."""
        gone = {self.view, *schema.views_over(self.view)} if self.cascade else {self.view}
        return replace(schema, views={name: v for name, v in schema.views.items() if name not in gone})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock on the view."""
        del server
        if self._is_missing(schema):
            return
        for view in (self.view, *(schema.views_over(self.view) if self.cascade else ())):
            yield Lock(view, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that reads it."""
        del server
        if not self._is_missing(schema):
            yield Break(needs=f"view {self.view.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Without CASCADE, while other views read it."""
        del server
        for over in schema.views_over(self.view) if not self.cascade else ():
            yield Refusal("2BP01", f"view {over.text} reads it")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """None: its query is not kept."""
        return () if self._is_missing(before) else None

    def _is_missing(self, schema: SchemaState) -> bool:
        return self.if_exists and schema.complete and self.view not in schema.views
