"""CREATE FUNCTION and CREATE PROCEDURE."""

from collections.abc import Iterator
from dataclasses import field, replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_function import DropFunction
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.mentions import NOTHING, Mentions
from schemaguard.names import Relation
from schemaguard.reach import behind
from schemaguard.routines import Arguments, signature, with_routine
from schemaguard.schema import Routine, RoutineState, SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateFunction(Change):
    """A new function, or with OR REPLACE another body for one."""

    function: Relation
    arguments: Arguments = field(default_factory=Arguments)
    state: RoutineState
    replace: bool
    body: str
    language: str
    #: What a body in SQL reads and writes: the server looks it up.
    reads: tuple[Relation, ...] = ()
    writes: tuple[Relation, ...] = ()
    #: Its body is SQL that is read now, so that its names are settled, and not when it is called.
    settled: bool = False
    #: What such a body names.
    said: Mentions = NOTHING

    new_names: ClassVar[tuple[str, ...]] = ("function",)

    @property
    def about(self) -> Thing:
        """The function."""
        return Thing("function", self.function.text)

    def makes(self, before: SchemaState) -> Thing | None:
        """The function, where there was none such."""
        new = not self.replace or (before.complete and self._routine(before) not in before.functions)
        return self.about if new else None

    def apply(self, schema: SchemaState) -> SchemaState:
        """The function is there."""
        whole = signature(schema, self.arguments.whole or ())
        uses = self.said.uses(schema)
        state = replace(self.state, whole=whole, uses=uses, calls=self.said.calls)
        return with_routine(schema, self._routine(schema), state)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """For a moment the locks that a body in SQL would take, also on what is behind views."""
        del server
        for relation in {*self.reads, *behind(schema, self.reads)}:
            yield Lock(relation, LockMode.ACCESS_SHARE)
        for relation in self.writes:
            yield Lock(relation, LockMode.ROW_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that calls it and counts on what it did before."""
        del server
        if self.replace and (not schema.complete or self._routine(schema) in schema.functions):
            yield Break(needs=f"{self.state.kind} {self.function.text} as it was", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Where there is one already; with OR REPLACE, where that is of another kind or type."""
        del server
        there = schema.functions.get(self._routine(schema))
        if there is None:
            return
        if not self.replace:
            yield Refusal("42723", f"there is {self.function.text} with the same arguments already")
        elif there.kind != self.state.kind:
            yield Refusal("42809", f"{self.function.text} is a {there.kind}")
        elif there.returns and self.state.returns and there.returns != self.state.returns:
            yield Refusal(
                "42P13", f"{self.function.text} returns {there.returns}, which OR REPLACE cannot change"
            )

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP FUNCTION, unless it takes the place of another."""
        if self.replace and (not before.complete or self._routine(before) in before.functions):
            return None
        return (DropFunction(function=self.function, kind=self.state.kind, arguments=self.arguments),)

    def _routine(self, schema: SchemaState) -> Routine:
        types = signature(schema, self.arguments.types)
        return Routine(self.function.schema, self.function.name, types)
