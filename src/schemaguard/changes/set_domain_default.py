"""ALTER DOMAIN ... SET DEFAULT and DROP DEFAULT."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import DomainState, Expression, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import with_type


@dataclass(frozen=True, slots=True)
class SetDomainDefault(Change):
    """What columns of the domain get that have no default of their own; None: nothing."""

    domain: Relation
    default: Expression | None

    @property
    def about(self) -> Relation:
        """The domain."""
        return self.domain

    def apply(self, schema: SchemaState) -> SchemaState:
        """The default is as said. Rows that are there do not change."""
        state = schema.types.get(self.domain)
        if not isinstance(state, DomainState):
            return schema
        return with_type(schema, self.domain, replace(state, default=self.default))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that leaves such columns out and counts on what they get."""
        del server
        state = schema.types.get(self.domain)
        old = state.default if isinstance(state, DomainState) else None
        if state is None or (old is not None and (self.default is None or old.text != self.default.text)):
            yield Break(needs=f"the default of domain {self.domain.text} as it was", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no domain."""
        del server
        state = schema.types.get(self.domain)
        if state is not None and not isinstance(state, DomainState):
            yield Refusal("42809", f"{self.domain.text} is no domain")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The default as it was."""
        state = before.types.get(self.domain)
        return (SetDomainDefault(self.domain, state.default),) if isinstance(state, DomainState) else None
