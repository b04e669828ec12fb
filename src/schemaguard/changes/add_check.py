"""ADD CONSTRAINT ... CHECK."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_constraint import drop_what_is_added
from schemaguard.constraint_forms import unknown_forms
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe
from schemaguard.schema import Check, SchemaState
from schemaguard.server import Server
from schemaguard.steps import add_constraint, validate


@dataclass(frozen=True, slots=True)
class AddCheck(Change):
    """Rows written from now on must fulfil the condition; if it is valid, all rows do."""

    table: Relation
    check: Check

    turn: ClassVar[Turn] = Turn.CONSTRAINT

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the constraint; what a child has of it already stays."""
        own = self._own(schema)
        if own is None:
            return schema.with_constraint(self.table, self.check)
        both = replace(own, inherited=True) if self.check.inherited else replace(own, local=True)
        return schema.with_constraint(self.table, both)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A scan, unless it is NOT VALID or NOT ENFORCED."""
        del server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        if self.check.valid and self._own(schema) is None:
            yield Scan(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes what the condition forbids, if any does; NOT VALID refuses new rows too."""
        del schema, server
        if not self.check.enforced:
            return
        yield Break(
            needs=f"rows of table {self.table.text} where not ({self.check.expression.text})", certain=False
        )

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """What children have under that name and is weaker, and NO INHERIT where rows are in partitions."""
        yield from unknown_forms(self.check, server)
        if self.check.own and schema.known(self.table).partitioned_by is not None:
            yield Refusal("42P16", f"{self.table.text} is partitioned: its constraints cannot be NO INHERIT")
        for child in schema.descendants(self.table) if self.check.name and not self.check.own else ():
            other = schema.known(child).constraint(self.check.name)
            if isinstance(other, Check) and (conflict := conflicting(self.check, other)):
                yield Refusal("42P17", f"{self.check.name} of {child.text} is {conflict}")

    def _own(self, schema: SchemaState) -> Check | None:
        """What the table has already of a constraint that its parent gets, or has."""
        own = schema.known(self.table).constraint(self.check.name)
        if not isinstance(own, Check):
            return None
        return own if self.check.inherited or (own.inherited and not own.local) else None

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """Written down without reading, then validated while the table is in use."""
        del server, intent
        if not self.check.valid or self._own(schema) is not None:
            return None
        had = {constraint.name for constraint in schema.known(self.table).constraints}
        has = (c.name for c in self.apply(schema).known(self.table).constraints)
        name = next((one for one in has if one not in had), "")
        if not name:
            return None  # It is there already, and PostgreSQL refuses another of that name.
        own = " NO INHERIT" if self.check.own else ""
        condition = f"CHECK ({self.check.expression.text}){own} NOT VALID"
        add = add_constraint(
            self.table,
            name,
            f"ALTER TABLE {self.table} ADD CONSTRAINT {quote(name)} {condition}",
            Phase.CONTRACT,
            locks=((self.table, LockMode.ACCESS_EXCLUSIVE),),
        )
        return Recipe(steps=(add, validate(self.table, name, Phase.CONTRACT)))

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT; None where the parent has it as well: PostgreSQL drops it only there."""
        if not self.check.inherited and self._own(before) is not None:
            return None
        return drop_what_is_added(self.table, before, self.apply(before))


def conflicting(above: Check, own: Check) -> str:
    """What of a child's constraint keeps it from being the same as its parent's; "": nothing."""
    if own.own:
        return "NO INHERIT"
    if above.enforced and not own.enforced:
        return "NOT ENFORCED"
    if above.valid and not own.valid:
        return "NOT VALID"
    return ""
