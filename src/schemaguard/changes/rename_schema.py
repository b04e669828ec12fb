"""ALTER SCHEMA ... RENAME TO."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.namespaces import contents, renamed, schema_thing
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameSchema(Change):
    """The schema, and with it all that is in it, has another name."""

    name: str
    new_name: str

    @property
    def about(self) -> Thing:
        """The schema."""
        return schema_thing(self.name)

    def makes(self, before: SchemaState) -> Thing:
        """Its new name."""
        del before
        return schema_thing(self.new_name)

    def apply(self, schema: SchemaState) -> SchemaState:
        """All that is in it is there under the new name."""
        return renamed(schema, self.name, self.new_name)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """No table is locked: queries that run see it through, and the next ones find nothing."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that says the old name, or has it in its search path."""
        del server
        for what in contents(schema, self.name):
            yield Break(needs=what)
        if not schema.complete:
            yield Break(needs=f"schema {self.name}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of a new name that is taken."""
        del server
        if schema_thing(self.new_name) in schema.things:
            yield Refusal("42P06", f"there is a schema {self.new_name} already")
        if schema.complete and self.name != "public" and self.about not in schema.things:
            yield Refusal("3F000", f"there is no schema {self.name}")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again; where the new one was taken, nothing of it happened."""
        if contents(before, self.new_name) or schema_thing(self.new_name) in before.things:
            return None
        return (RenameSchema(name=self.new_name, new_name=self.name),)
