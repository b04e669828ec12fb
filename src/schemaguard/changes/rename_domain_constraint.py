"""ALTER DOMAIN ... RENAME CONSTRAINT."""

from collections.abc import Iterator
from dataclasses import replace

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
class RenameDomainConstraint(Change):
    """The constraint has another name, which stands in the errors that it raises."""

    domain: Relation
    name: str
    new: str

    @property
    def about(self) -> Relation:
        """The domain."""
        return self.domain

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint under its new name."""
        state = schema.types.get(self.domain)
        if not isinstance(state, DomainState):
            return schema
        if state.not_null and self.name == not_null_name_of(self.domain, state):
            return with_type(schema, self.domain, replace(state, not_null_name=self.new))
        checks = [
            replace(check, name=self.new) if check.name == self.name else check for check in state.checks
        ]
        return with_type(
            schema, self.domain, replace(state, checks=tuple(sorted(checks, key=lambda check: check.name)))
        )

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
        elif self.name not in {check.name for check in state.checks}:
            if not state.not_null or self.name != not_null_name_of(self.domain, state):
                yield Refusal("42704", f"{self.domain.text} has no constraint {self.name}")
            elif min(server.majors) < NAMED_NOT_NULL:
                yield Refusal("42704", f"up to 16, NOT NULL of {self.domain.text} has no name")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (RenameDomainConstraint(self.domain, self.new, self.name),)
