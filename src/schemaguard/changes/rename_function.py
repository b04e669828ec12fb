"""ALTER FUNCTION, PROCEDURE and ROUTINE ... RENAME TO and SET SCHEMA."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.routines import Arguments, found, refused
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server
from schemaguard.uses import called_otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameFunction(Change):
    """The function has another name, or is in another schema."""

    function: Relation
    #: ``function``, ``procedure`` or ``routine``.
    kind: str
    arguments: Arguments | None = None
    #: RENAME TO, or SET SCHEMA; the other one is "".
    new_name: str = ""
    new_schema: str = ""

    @property
    def new(self) -> Relation:
        """Where it is afterwards."""
        return Relation(self.new_schema or self.function.schema, self.new_name or self.function.name)

    @property
    def about(self) -> Thing:
        """The function."""
        return Thing("function", self.function.text)

    def makes(self, before: SchemaState) -> Thing:
        """Its new name."""
        del before
        return Thing("function", self.new.text)

    def apply(self, schema: SchemaState) -> SchemaState:
        """The function is known by its new name; what calls it follows."""
        for routine, _ in found(schema, self.function, self.arguments, self.kind):
            schema = called_otherwise(schema, routine, self.new)
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that calls it by the old name, as bodies do. Triggers, defaults and views follow."""
        del schema, server
        if self.new != self.function:
            yield Break(needs=f"{self.kind} {self.function.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Where there is none, or where there is one of the new name with the same arguments."""
        del server
        yield from refused(schema, self.function, self.arguments, self.kind)
        for routine, _ in found(schema, self.function, self.arguments, self.kind):
            new = replace(routine, schema=self.new.schema, name=self.new.name)
            if new != routine and new in schema.functions:
                yield Refusal("42723", f"there is {self.new.text} with the same arguments already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        to = {"new_name": self.function.name} if self.new_name else {"new_schema": self.function.schema}
        return (RenameFunction(function=self.new, kind=self.kind, arguments=self.arguments, **to),)
