"""CREATE DOMAIN."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.drop_type import DropType
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import DomainState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import domains, with_domain


@dataclass(frozen=True, slots=True)
class CreateDomain(Change):
    """A new domain: another type, with constraints or a default."""

    domain: Relation
    state: DomainState

    new_names: ClassVar[tuple[str, ...]] = ("domain",)

    @property
    def about(self) -> Relation:
        """The domain."""
        return self.domain

    def makes(self, before: SchemaState) -> Relation:
        """The domain."""
        del before
        return self.domain

    def apply(self, schema: SchemaState) -> SchemaState:
        """The domain is there."""
        # The default of another domain is taken over, and does not follow it later.
        over = next(domains(schema, self.state.base), None)
        default = self.state.default or (over.default if over is not None else None)
        return with_domain(schema, self.domain, replace(self.state, default=default))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A type or a table of that name is there already."""
        del server
        if self.domain in schema.types or self.domain in schema.tables:
            yield Refusal("42710", f"there is a type {self.domain.text} already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP DOMAIN."""
        del before
        return (DropType(self.domain, domain=True),)
