"""ALTER STATISTICS and DROP STATISTICS."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import too_old
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatistics(Change):
    """Statistics of several columns are called otherwise, are more or less exact, or are gone."""

    name: Relation
    #: ``rename``, ``set schema``, ``owner to``, ``set statistics`` or ``drop``.
    action: str
    #: Of a RENAME or SET SCHEMA.
    new: Relation | None = None
    if_exists: bool = False
    #: The first major that knows the statement as it is written.
    since: int = 14

    def apply(self, schema: SchemaState) -> SchemaState:
        """They are there under the new name, or not any more."""
        old = self._thing(schema)
        if old is None or self.action not in ("rename", "set schema", "drop"):
            return schema
        made = {replace(old, name=self.new.text)} if self.new is not None else set()
        return replace(schema, things=(schema.things - {old}) | made)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """DROP locks their table for a moment, where that is known, and lets reads and writes through."""
        del server
        thing = self._thing(schema)
        if self.action == "drop" and thing is not None and thing.table is not None:
            yield Lock(thing.table, LockMode.SHARE_UPDATE_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of statistics that are not there."""
        yield from too_old(server, self.since, "SET STATISTICS DEFAULT of statistics")
        if schema.complete and not self.if_exists and self._thing(schema) is None:
            yield Refusal("42704", f"there are no statistics {self.name.text}")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again; what was dropped does not come back."""
        del before
        if self.new is not None:
            return (replace(self, name=self.new, new=self.name),)
        return None

    def _thing(self, schema: SchemaState) -> Thing | None:
        return next((t for t in schema.things if t.kind == "statistics" and t.name == self.name.text), None)
