"""ALTER DOMAIN ... ADD CONSTRAINT ... CHECK."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_domain_constraint import DropDomainConstraint
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Check, DomainState, SchemaState
from schemaguard.server import Server
from schemaguard.user_types import columns_of, domains_over, with_domain, within_others


@dataclass(frozen=True, slots=True)
class AddDomainCheck(Change):
    """A CHECK on each value of the domain, and of the domains over it."""

    domain: Relation
    check: Check

    @property
    def about(self) -> Relation:
        """The domain."""
        return self.domain

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint is there."""
        state = schema.types.get(self.domain)
        if not isinstance(state, DomainState):
            return schema
        return with_domain(schema, self.domain, replace(state, checks=(*state.checks, self.check)))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Each table that has such a column is read, and takes no writes; as NOT VALID none is."""
        del server
        if self.check.valid:
            yield from looking_through(schema, self.domain)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes what the constraint forbids, if any does."""
        del schema, server
        text = self.check.expression.text
        yield Break(needs=f"values of domain {self.domain.text} where not ({text})", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It is no domain, the name is taken, or values are where the server does not look."""
        del server
        state = schema.types.get(self.domain)
        if state is not None and not isinstance(state, DomainState):
            yield Refusal("42809", f"{self.domain.text} is no domain")
        elif state is not None and self.check.name in {check.name for check in state.checks}:
            yield Refusal("42710", f"{self.domain.text} has a constraint {self.check.name} already")
        elif self.check.valid:
            yield from out_of_sight(schema, self.domain)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT."""
        known, made = before.types.get(self.domain), self.apply(before).types.get(self.domain)
        if not isinstance(known, DomainState) or not isinstance(made, DomainState):
            return None
        new = {check.name for check in made.checks} - {check.name for check in known.checks}
        return tuple(DropDomainConstraint(domain=self.domain, name=name) for name in new)


def looking_through(schema: SchemaState, domain: Relation) -> Iterator[Cost]:
    """What the server does to make sure of all values of the domain: there is no gentler way."""
    for one in domains_over(schema, domain):
        for column, kind in columns_of(schema, one):
            # The rows of a partitioned table are in its partitions.
            if not kind.array and schema.tables[column.table].partitioned_by is None:
                yield Lock(column.table, LockMode.SHARE)
                yield Scan(column.table, LockMode.SHARE)


def out_of_sight(schema: SchemaState, domain: Relation) -> Iterator[Refusal]:
    """That values are inside of others: the server does not look through arrays, composites and ranges."""
    for column in within_others(schema, domain):
        yield Refusal("0A000", f"{column.text} has values of {domain.text} inside of others")
        return
