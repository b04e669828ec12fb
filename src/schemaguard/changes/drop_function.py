"""DROP FUNCTION, DROP PROCEDURE and DROP ROUTINE."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.dependents import Dependents, dependents
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.routines import Arguments, found, refused, without_routine
from schemaguard.schema import Routine, SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DropFunction(Change):
    """The function is gone; with CASCADE also the triggers, defaults, constraints and views that call it."""

    function: Relation
    kind: str = "function"
    arguments: Arguments | None = None
    if_exists: bool = False
    cascade: bool = False
    #: The others that the same statement drops: they may need each other.
    beside: tuple[tuple[Relation, Arguments | None], ...] = ()

    @property
    def about(self) -> Thing:
        """The function."""
        return Thing("function", self.function.text)

    def apply(self, schema: SchemaState) -> SchemaState:
        """The function is gone."""
        if self.cascade:
            schema = self._dependents(schema).without(schema)
        for routine in self._routines(schema):
            schema = without_routine(schema, routine)
        return schema

    def _routines(self, schema: SchemaState) -> list[Routine]:
        return [routine for routine, _ in found(schema, self.function, self.arguments, self.kind)]

    def _dependents(self, schema: SchemaState) -> Dependents:
        also = [
            routine
            for function, arguments in self.beside
            for routine, _ in found(schema, function, arguments, self.kind)
        ]
        return dependents(schema, routines=(*self._routines(schema), *also))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None; with CASCADE a short lock on each table and view that loses something."""
        del server
        if self.cascade:
            yield from self._dependents(schema).locks(schema)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that calls it, and with CASCADE code that counts on what goes with it."""
        del server
        there = found(schema, self.function, self.arguments, self.kind)
        if self.if_exists and schema.complete and not there:
            return
        yield Break(needs=f"{self.kind} {self.function.text}")
        if self.cascade:
            for words in self._dependents(schema).words():
                yield Break(needs=words, certain=False)
            yield Break(needs=f"what depends on {self.kind} {self.function.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Where there is none such, or while something calls it that cannot do without."""
        del server
        if not self.if_exists:
            yield from refused(schema, self.function, self.arguments, self.kind)
        there = found(schema, self.function, self.arguments, self.kind)
        if self.if_exists and len(there) > 1:
            yield from refused(schema, self.function, self.arguments, self.kind)
        for words in self._dependents(schema).words() if not self.cascade else ():
            yield Refusal("2BP01", f"{words} needs it")
