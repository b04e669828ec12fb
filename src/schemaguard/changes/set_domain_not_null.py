"""ALTER DOMAIN ... SET NOT NULL and DROP NOT NULL."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.add_domain_check import looking_through, out_of_sight
from schemaguard.changes.base import Change
from schemaguard.changes.drop_domain_constraint import NAMED_NOT_NULL
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import DomainState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import with_type


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDomainNotNull(Change):
    """Whether the domain has NULL among its values."""

    domain: Relation
    not_null: bool
    #: As 17 and later call it, if that is said.
    name: str = ""
    #: ADD CONSTRAINT ... NOT NULL, which only they know.
    as_constraint: bool = False

    @property
    def about(self) -> Relation:
        """The domain."""
        return self.domain

    def apply(self, schema: SchemaState) -> SchemaState:
        """As said."""
        state = schema.types.get(self.domain)
        if not isinstance(state, DomainState) or state.not_null is self.not_null:
            return schema
        changed = replace(state, not_null=self.not_null, not_null_name=self.name)
        return with_type(schema, self.domain, changed)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Each table that has such a column is read, and takes no writes, unless it is NOT NULL already."""
        del server
        if self._tightens(schema):
            yield from looking_through(schema, self.domain)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes NULL, if any does."""
        del server
        if self._tightens(schema):
            yield Break(needs=f"NULL in domain {self.domain.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no domain, has no such word, or values are where the server does not look."""
        state = schema.types.get(self.domain)
        if self.as_constraint and min(server.majors) < NAMED_NOT_NULL:
            yield Refusal(
                "42601", "up to 16, NOT NULL of a domain is no constraint; SET NOT NULL does the same"
            )
        elif state is not None and not isinstance(state, DomainState):
            yield Refusal("42809", f"{self.domain.text} is no domain")
        elif self._tightens(schema):
            yield from out_of_sight(schema, self.domain)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The other way round, if anything changed."""
        state = before.types.get(self.domain)
        if not isinstance(state, DomainState):
            return None
        if state.not_null is self.not_null:
            return ()
        return (SetDomainNotNull(domain=self.domain, not_null=state.not_null, name=state.not_null_name),)

    def _tightens(self, schema: SchemaState) -> bool:
        state = schema.types.get(self.domain)
        return self.not_null and not (isinstance(state, DomainState) and state.not_null)
