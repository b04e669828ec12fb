"""CREATE STATISTICS."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.change_statistics import ChangeStatistics
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation, generated
from schemaguard.reach import missing, too_old
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateStatistics(Change):
    """The next ANALYZE looks at how the columns hang together."""

    #: None: PostgreSQL chooses. (Since 16.)
    name: Relation | None
    table: Relation
    #: An expression is None.
    columns: tuple[str | None, ...]
    if_not_exists: bool = False
    #: What its expressions use and call.
    used: frozenset[str] = frozenset()
    calls: frozenset[Relation] = frozenset()

    new_names: ClassVar[tuple[str, ...]] = ("name",)

    def apply(self, schema: SchemaState) -> SchemaState:
        """They are there."""
        if self._is_there(schema):
            return schema
        names = self.used.union(name for name in self.columns if name is not None)
        uses = frozenset(Column(self.table, name) for name in names)
        thing = Thing("statistics", self.chosen_name(schema).text, self.table, uses, self.calls)
        return replace(schema, things=schema.things | {thing})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A lock for a moment, which lets reads and writes through. No row is read."""
        del schema, server
        yield Lock(self.table, LockMode.SHARE_UPDATE_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of a name that is taken, of one column by itself, and of what old servers do not know."""
        yield from missing(schema, self.table, a_table=True)
        if self.name is None:
            yield from too_old(server, 16, "CREATE STATISTICS without a name")
        elif not self.if_not_exists and _taken(schema, self.name):
            yield Refusal("42710", f"there are statistics {self.name.text} already")
        if len(self.columns) == 1 and self.columns[0] is not None:
            yield Refusal("42P17", "statistics of one column alone are taken anyway")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP STATISTICS, if they were not there before."""
        if self.name is not None and _taken(before, self.name):
            return ()
        return (ChangeStatistics(name=self.chosen_name(before), action="drop"),)

    def chosen_name(self, schema: SchemaState) -> Relation:
        """The name that they have in the end."""
        if self.name is not None:
            return self.name
        where = f"{self.table.schema}."
        taken = {thing.name.removeprefix(where) for thing in schema.things if thing.kind == "statistics"}
        labels = [column or "expr" for column in self.columns]
        return self.table.sibling(generated(self.table.name, labels, "stat", taken))

    def _is_there(self, schema: SchemaState) -> bool:
        return self.if_not_exists and self.name is not None and _taken(schema, self.name)


def _taken(schema: SchemaState, name: Relation) -> bool:
    return any(thing.kind == "statistics" and thing.name == name.text for thing in schema.things)
