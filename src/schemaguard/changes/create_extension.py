"""CREATE EXTENSION."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.changes.drop_extension import ALWAYS_THERE, DropExtension
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateExtension(Change):
    """The extension is there, with its functions, types and operators, which are no part of what is known."""

    name: str
    if_not_exists: bool = False
    #: Extensions that it needs are installed with it, whichever these are.
    cascade: bool = False

    @property
    def about(self) -> Thing:
        """The extension."""
        return Thing("extension", self.name)

    def makes(self, before: SchemaState) -> Thing | None:
        """The extension, if it was not there before."""
        return None if self._may_be_there(before) else self.about

    def apply(self, schema: SchemaState) -> SchemaState:
        """It is there. One that every database has always counts as there."""
        if self.name in ALWAYS_THERE:
            return schema
        return replace(schema, things=schema.things | {self.about})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None: all of it is new."""
        del schema, server
        return iter(())

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of one that is there already."""
        del server
        if not self.if_not_exists and self.about in schema.things:
            yield Refusal("42710", f"extension {self.name} is there already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP EXTENSION, if it was not there before."""
        return () if self._may_be_there(before) else (DropExtension(name=self.name),)

    def _may_be_there(self, before: SchemaState) -> bool:
        unknown = not before.complete and self.if_not_exists
        return unknown or self.name in ALWAYS_THERE or self.about in before.things
