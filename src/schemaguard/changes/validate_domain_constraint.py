"""ALTER DOMAIN ... VALIDATE CONSTRAINT."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.add_domain_check import looking_through, out_of_sight
from schemaguard.changes.base import Change
from schemaguard.changes.drop_domain_constraint import NAMED_NOT_NULL, not_null_name_of
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import DomainState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import with_type


@dataclass(frozen=True, slots=True)
class ValidateDomainConstraint(Change):
    """The constraint is proved of the values that are there. Writers wait, as if it were new."""

    domain: Relation
    name: str

    @property
    def about(self) -> Relation:
        """The domain."""
        return self.domain

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint is valid."""
        state = schema.types.get(self.domain)
        if not isinstance(state, DomainState):
            return schema
        checks = tuple(
            replace(check, valid=True) if check.name == self.name else check for check in state.checks
        )
        return with_type(schema, self.domain, replace(state, checks=checks))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Each table that has such a column is read, and takes no writes, even if it is valid already."""
        del server
        yield from looking_through(schema, self.domain)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no domain, has no such constraint, or values are where the server does not look."""
        state = schema.types.get(self.domain)
        if state is not None and not isinstance(state, DomainState):
            yield Refusal("42809", f"{self.domain.text} is no domain")
        elif state is not None and self.name not in {check.name for check in state.checks}:
            not_null = state.not_null and self.name == not_null_name_of(self.domain, state)
            if not_null and min(server.majors) >= NAMED_NOT_NULL:
                yield Refusal("42809", f"{self.name} is no CHECK")
            else:
                yield Refusal("42704", f"{self.domain.text} has no constraint {self.name}")
        else:
            yield from out_of_sight(schema, self.domain)
