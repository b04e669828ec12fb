"""REFRESH MATERIALIZED VIEW."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.changes.select_rows import reading
from schemaguard.costs import Cost, Lock, Rewrite, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshView(Change):
    """The rows of a materialized view are computed anew."""

    view: Relation
    concurrently: bool = False
    #: False: WITH NO DATA.
    filled: bool = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Nobody can read the view while its query runs; with CONCURRENTLY everybody can."""
        if any(self.refusals(schema, server)):
            return
        mode = LockMode.EXCLUSIVE if self.concurrently else LockMode.ACCESS_EXCLUSIVE
        yield Lock(self.view, mode)
        # Nobody writes to it, so that to compare its rows with the new ones holds up nobody.
        yield Scan(self.view, mode) if self.concurrently else Rewrite(self.view, mode)
        state = schema.views.get(self.view)
        if state is not None and self.filled:
            yield from reading(schema, tuple(sorted(state.reads)))

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is a view whose rows are not kept, or a table."""
        del server
        state = schema.views.get(self.view)
        if state is not None and not state.materialized:
            yield Refusal("42809", f"{self.view.text} is no materialized view")
        elif self.view in schema.tables:
            yield Refusal("0A000", f"{self.view.text} is a table")
