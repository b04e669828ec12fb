"""ALTER DOMAIN ... DROP CONSTRAINT."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation, generated
from schemaguard.schema import DomainState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import with_type

#: Since then a domain's NOT NULL is a constraint with a name.
NAMED_NOT_NULL = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDomainConstraint(Change):
    """The domain refuses less: nobody misses that but readers who count on it."""

    domain: Relation
    name: str
    if_exists: bool = False

    @property
    def about(self) -> Relation:
        """The domain."""
        return self.domain

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint is gone, a CHECK or NOT NULL."""
        state = schema.types.get(self.domain)
        if not isinstance(state, DomainState):
            return schema
        if state.not_null and self.name == not_null_name_of(self.domain, state):
            return with_type(schema, self.domain, replace(state, not_null=False, not_null_name=""))
        checks = tuple(check for check in state.checks if check.name != self.name)
        return with_type(schema, self.domain, replace(state, checks=checks))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no domain, or has no such constraint; up to 16 its NOT NULL has no name."""
        state = schema.types.get(self.domain)
        if state is None:
            return
        if not isinstance(state, DomainState):
            yield Refusal("42809", f"{self.domain.text} is no domain")
        elif not self.if_exists and self.name not in {check.name for check in state.checks}:
            if not state.not_null or self.name != not_null_name_of(self.domain, state):
                yield Refusal("42704", f"{self.domain.text} has no constraint {self.name}")
            elif min(server.majors) < NAMED_NOT_NULL:
                yield Refusal("42704", f"up to 16, NOT NULL of {self.domain.text} has no name")


def not_null_name_of(domain: Relation, state: DomainState) -> str:
    """What 17 and later call the domain's NOT NULL."""
    return state.not_null_name or generated(domain.name, (), "not_null", ())
