"""CREATE VIEW and CREATE MATERIALIZED VIEW."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_view import DropView
from schemaguard.changes.select_rows import reading
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.mentions import ALL, NOTHING, Mentions
from schemaguard.names import Relation
from schemaguard.schema import SchemaState, ViewState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateView(Change):
    """A new view, or with OR REPLACE another query for one."""

    view: Relation
    #: What its query names.
    said: Mentions = NOTHING
    #: The names of its columns as its text has them: ``*`` for all that it reads, None: not told.
    columns: tuple[str | None, ...] = ()
    materialized: bool = False
    #: WITH DATA: the query is run.
    filled: bool = False
    replace: bool = False
    if_not_exists: bool = False

    @property
    def reads(self) -> tuple[Relation, ...]:
        """The relations that its query reads."""
        return self.said.relations

    def apply(self, schema: SchemaState) -> SchemaState:
        """The view is there."""
        if self._is_there(schema):
            return schema
        shown = self._shown(schema)
        state = ViewState(
            materialized=self.materialized,
            uses=self.said.uses(schema),
            calls=self.said.calls,
            columns=() if None in shown else tuple(name for name in shown if name is not None),
        )
        return replace(schema, views={**schema.views, self.view: state})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The weakest lock on what it reads; a materialized view reads it all now."""
        del server
        if self._is_there(schema):
            return
        if self.filled:
            yield from reading(schema, self.reads)
        for relation in self.reads:
            if relation not in schema.sequences:
                yield Lock(relation, LockMode.ACCESS_SHARE)
        if self.replace and self.view in schema.views:
            yield Lock(self.view, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that counts on what the view showed before."""
        del server
        if self.replace and (self.view in schema.views or not schema.complete):
            yield Break(needs=f"view {self.view.text} as it was", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Where there is something of that name already."""
        del server
        old, new = schema.views.get(self.view), self._shown(schema)
        for place, name in enumerate(old.columns if old and self.replace and new else ()):
            if place >= len(new):
                yield Refusal("42P16", f"view {self.view.text} would lose its column {name}")
            elif new[place] not in (None, name):
                yield Refusal("42P16", f"column {name} of view {self.view.text} would become {new[place]}")

    def _shown(self, schema: SchemaState) -> tuple[str | None, ...]:
        """The names of its columns, None where they are not known; () where not even their number is."""
        shown: list[str | None] = []
        for name in self.columns:
            if name != ALL:
                shown.append(name)
                continue
            table = schema.table(self.reads[0]) if len(self.reads) == 1 else None
            if table is None or not table.complete:
                return ()
            shown += [column.name for column in table.columns]
        return tuple(shown)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP VIEW, unless it takes the place of another."""
        if self._is_there(before):
            return ()
        if self.replace and (self.view in before.views or not before.complete):
            return None
        return (DropView(view=self.view, materialized=self.materialized),)

    def _is_there(self, schema: SchemaState) -> bool:
        return self.if_not_exists and (self.view in schema.views or schema.has_relation(self.view))
