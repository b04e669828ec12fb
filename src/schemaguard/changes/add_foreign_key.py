"""ADD CONSTRAINT ... FOREIGN KEY."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_constraint import drop_what_is_added
from schemaguard.constraint_forms import unknown_forms
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.evidence import Refusal
from schemaguard.key_types import type_refusals
from schemaguard.locks import LockMode
from schemaguard.names import Relation, quote, quote_all
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe
from schemaguard.schema import ForeignKey, Persistence, SchemaState, Unique
from schemaguard.server import Server
from schemaguard.steps import add_constraint, validate


@dataclass(frozen=True, slots=True)
class AddForeignKey(Change):
    """Rows written from now on must point to a row of the target; if it is valid, all rows do."""

    table: Relation
    key: ForeignKey

    turn: ClassVar[Turn] = Turn.CONSTRAINT

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the constraint."""
        return schema.with_constraint(self.table, self.key)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Neither table takes writes; unless it is NOT VALID, both are read meanwhile."""
        del server
        yield Lock(self.table, LockMode.SHARE_ROW_EXCLUSIVE)
        yield from locks_on_target(schema, self.key.target)
        empty = schema.known(self.table).partitioned_by is not None and not schema.children(self.table)
        if self.key.valid and not empty:
            yield Scan(self.table, LockMode.SHARE_ROW_EXCLUSIVE)
            yield Scan(self.key.target, LockMode.SHARE_ROW_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Rows that last point to no rows that do not; NOT VALID on a partitioned table only from 18 on."""
        yield from unknown_forms(self.key, server)
        yield from type_refusals(self.table, self.key, schema)
        yield from persistence_refusals(schema, schema.known(self.table).persistence, self.key.target)
        yield from deferrable_refusals(schema, self.key)
        partitioned = schema.known(self.table).partitioned_by is not None
        if partitioned and not self.key.valid and min(server.majors) < 18:
            why = f"{self.table.text} is partitioned, whose foreign keys cannot be NOT VALID before 18"
            yield Refusal("42809", why)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes orphans or deletes parents, if any does; NOT VALID refuses them too."""
        del schema, server
        if not self.key.enforced:
            return
        columns = ", ".join(self.key.columns)
        yield Break(
            needs=f"rows of table {self.table.text} whose ({columns}) is not in {self.key.target.text}",
            certain=False,
        )

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """Written down without reading, then validated while both tables are in use."""
        del server, intent
        had = {constraint.name for constraint in schema.known(self.table).constraints}
        has = (constraint.name for constraint in self.apply(schema).known(self.table).constraints)
        name = next((one for one in has if one not in had), self.key.name)
        target = f" ({quote_all(self.key.target_columns)})" if self.key.target_columns else ""
        words = f"FOREIGN KEY ({quote_all(self.key.columns)}) REFERENCES {self.key.target}{target}"
        deferred = "DEFERRABLE INITIALLY DEFERRED" if self.key.deferred else "DEFERRABLE"
        more = (self.key.actions, deferred if self.key.deferrable else "", "NOT VALID")
        definition = " ".join((words, *filter(None, more)))
        tables = tuple(dict.fromkeys((self.table, self.key.target)))
        add = add_constraint(
            self.table,
            name,
            f"ALTER TABLE {self.table} ADD CONSTRAINT {quote(name)} {definition}",
            Phase.CONTRACT,
            locks=tuple((table, LockMode.SHARE_ROW_EXCLUSIVE) for table in tables),
        )
        if not self.key.valid:
            return Recipe(steps=(add,))
        return Recipe(steps=(add, validate(self.table, name, Phase.CONTRACT, also=self.key.target)))

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT."""
        return drop_what_is_added(self.table, before, self.apply(before))


def locks_on_target(schema: SchemaState, target: Relation) -> Iterator[Lock]:
    """What a new foreign key takes on the table that it points to, and on its partitions."""
    yield Lock(target, LockMode.SHARE_ROW_EXCLUSIVE)
    if schema.known(target).partitioned_by is not None:
        for part in schema.descendants(target):
            yield Lock(part, LockMode.SHARE_ROW_EXCLUSIVE)


def deferrable_refusals(schema: SchemaState, key: ForeignKey) -> Iterator[Refusal]:
    """What PostgreSQL says to a foreign key, of whose target duplicates may be looked for later."""
    target = schema.known(key.target)
    fitted = key
    if not key.target_columns and target.primary_key is not None:
        fitted = replace(key, target_columns=target.primary_key.columns)
    index = schema.index_under(fitted)
    under = target.constraint(index.name) if index is not None else None
    if isinstance(under, Unique) and under.deferrable:
        yield Refusal("55000", f"{under.name} of {key.target.text} is deferrable: no key can rest on it")


def persistence_refusals(
    schema: SchemaState, persistence: Persistence, target: Relation
) -> Iterator[Refusal]:
    """What PostgreSQL says to a foreign key from rows that last longer than those of the target."""
    other = schema.table(target)
    if other is None or other.persistence is persistence:
        return
    if Persistence.TEMPORARY in (persistence, other.persistence) or persistence is Persistence.PERMANENT:
        yield Refusal(
            "42P16", f"a table that is {persistence.value} cannot point to {target.text}, which is not"
        )
