"""ALTER FUNCTION, PROCEDURE and ROUTINE, but for another name or schema."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.routines import Arguments, found, refused, with_routine
from schemaguard.schema import Code, RoutineState, SchemaState, Thing, Volatility
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterFunction(Change):
    """The function is there as before; how it is run, or what may be expected of it, is another."""

    function: Relation
    #: ``function``, ``procedure`` or ``routine``.
    kind: str
    #: None: not said.
    arguments: Arguments | None = None
    volatility: Volatility | None = None
    strict: bool | None = None
    definer: bool | None = None
    #: The settings that it is run with from now on, and those that it no longer is.
    sets: frozenset[str] = frozenset()
    resets: frozenset[str] = frozenset()
    resets_all: bool = False
    #: The search path among those; None: it hangs on the session.
    search_path: str | None = None

    @property
    def about(self) -> Thing:
        """The function."""
        return Thing("function", self.function.text)

    def apply(self, schema: SchemaState) -> SchemaState:
        """What is said of it is another."""
        for routine, state in found(schema, self.function, self.arguments, self.kind):
            schema = with_routine(schema, routine, self._altered(state))
        return schema

    def _altered(self, state: RoutineState) -> RoutineState:
        kept = frozenset() if self.resets_all else state.settings - self.resets
        return replace(
            state,
            volatility=state.volatility if self.volatility is None else self.volatility,
            strict=state.strict if self.strict is None else self.strict,
            definer=state.definer if self.definer is None else self.definer,
            settings=kept | self.sets,
            code=self._code(state.code),
        )

    def _code(self, code: Code | None) -> Code | None:
        if "search_path" in self.sets:
            if code is None or self.search_path is None:
                return None
            return replace(code, search_path=self.search_path)
        if code is not None and (self.resets_all or "search_path" in self.resets):
            return replace(code, search_path=None)
        return code

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that calls it and counts on how it was run. Its owner, cost and the like are no matter."""
        del schema, server
        told = (self.volatility, self.strict, self.definer)
        if any(one is not None for one in told) or self.sets or self.resets or self.resets_all:
            yield Break(needs=f"{self.kind} {self.function.text} as it was", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Where there is none of that name and those arguments, or more than one."""
        del server
        yield from refused(schema, self.function, self.arguments, self.kind)
