"""ADD CONSTRAINT ... FOREIGN KEY."""

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
from schemaguard.key_types import type_refusals
from schemaguard.locks import LockMode
from schemaguard.names import Relation, quote, quote_all
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe, Step
from schemaguard.schema import ForeignKey, Persistence, SchemaState, Unique
from schemaguard.server import Server
from schemaguard.steps import add_constraint, validate


@dataclass(frozen=True, slots=True)
class AddForeignKey(Change):
    """Rows written from now on must point to a row of the target; if it is valid, all rows do."""

    table: Relation
    key: ForeignKey
    #: The name of a partition's own key like this one, which becomes a part of the whole's; "": it has none.
    own: str = ""

    turn: ClassVar[Turn] = Turn.CONSTRAINT

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the constraint."""
        if not self.own:
            return schema.with_constraint(self.table, self.key)
        state = schema.known(self.table).with_constraint(replace(self.key, name=self.own))
        return schema.with_table(self.table, state)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Neither table takes writes; unless it is NOT VALID, or its partitions have it, both are read."""
        del server
        yield Lock(self.table, LockMode.SHARE_ROW_EXCLUSIVE)
        yield from locks_on_target(schema, self.key.target)
        if self.own:
            # Of the triggers on the target one set is left.
            yield Lock(self.key.target, LockMode.ACCESS_EXCLUSIVE)
        elif self.key.valid and not _is_held(schema, self.table, self.key):
            yield Scan(self.table, LockMode.SHARE_ROW_EXCLUSIVE)
            yield Scan(self.key.target, LockMode.SHARE_ROW_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Rows that last point to no rows that do not; NOT VALID on a partitioned table only from 18 on."""
        if self.own:
            return
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
        if self.own or not self.key.enforced:
            return
        columns = ", ".join(self.key.columns)
        yield Break(
            needs=f"rows of table {self.table.text} whose ({columns}) is not in {self.key.target.text}",
            certain=False,
        )

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """Written down without reading, then validated while both tables are in use.

        A partitioned table before 18 gets it from its partitions: theirs become parts of it, unread.
        """
        del intent
        had = {constraint.name for constraint in schema.known(self.table).constraints}
        has = (constraint.name for constraint in self.apply(schema).known(self.table).constraints)
        name = next((one for one in has if one not in had), self.key.name)
        target = f" ({quote_all(self.key.target_columns)})" if self.key.target_columns else ""
        words = f"FOREIGN KEY ({quote_all(self.key.columns)}) REFERENCES {self.key.target}{target}"
        deferred = "DEFERRABLE INITIALLY DEFERRED" if self.key.deferred else "DEFERRABLE"
        more = (self.key.actions, deferred if self.key.deferrable else "")
        whole = " ".join((words, *filter(None, more)))
        if schema.known(self.table).partitioned_by is not None and min(server.majors) < 18:
            return Recipe(steps=tuple(self._by_parts(schema, name, whole)))
        definition = f"{whole} NOT VALID"
        referencing = (self.table, *schema.descendants(self.table))
        locks = dict.fromkeys(referencing, LockMode.SHARE_ROW_EXCLUSIVE)
        locks |= {cost.table: cost.mode for cost in locks_on_target(schema, self.key.target)}
        add = add_constraint(
            self.table,
            name,
            f"ALTER TABLE {self.table} ADD CONSTRAINT {quote(name)} {definition}",
            Phase.CONTRACT,
            locks=tuple(locks.items()),
        )
        if not self.key.valid:
            return Recipe(steps=(add,))
        return Recipe(steps=(add, validate(self.table, name, Phase.CONTRACT, also=self.key.target)))

    def _by_parts(self, schema: SchemaState, name: str, definition: str) -> Iterator[Step]:
        """The key of each partition that holds rows, and at last that of the whole."""
        table, target, mode = self.table, self.key.target, LockMode.SHARE_ROW_EXCLUSIVE
        parts = schema.descendants(table)
        for part in parts:
            if schema.known(part).partitioned_by is not None or like(schema, part, self.key):
                continue
            yield add_constraint(
                part,
                name,
                f"ALTER TABLE {part} ADD CONSTRAINT {quote(name)} {definition} NOT VALID",
                Phase.CONTRACT,
                locks=tuple((one, mode) for one in dict.fromkeys((part, target))),
            )
            yield validate(part, name, Phase.CONTRACT, also=target)
        yield add_constraint(
            table,
            name,
            f"ALTER TABLE {table} ADD CONSTRAINT {quote(name)} {definition}",
            Phase.CONTRACT,
            locks=(*((one, mode) for one in (table, *parts)), (target, LockMode.ACCESS_EXCLUSIVE)),
        )

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP CONSTRAINT."""
        return drop_what_is_added(self.table, before, self.apply(before))


def like(schema: SchemaState, partition: Relation, key: ForeignKey) -> ForeignKey | None:
    """The partition's own foreign key that is like the whole's."""
    wanted = schema.pointed(key)
    for own in schema.known(partition).foreign_keys():
        if replace(own, name=key.name, inherited=key.inherited) == wanted:
            return own
    return None


def _is_held(schema: SchemaState, table: Relation, key: ForeignKey) -> bool:
    """Whether all its partitions have the key already, so that no row is read. Without any, there is none."""
    if schema.known(table).partitioned_by is None:
        return False
    children = schema.children(table)
    return all(like(schema, child, key) or _is_held(schema, child, key) for child in children)


def locks_on_target(schema: SchemaState, target: Relation) -> Iterator[Lock]:
    """What a new foreign key takes on the table that it points to, and on its partitions."""
    yield Lock(target, LockMode.SHARE_ROW_EXCLUSIVE)
    if schema.known(target).partitioned_by is not None:
        for part in schema.descendants(target):
            yield Lock(part, LockMode.SHARE_ROW_EXCLUSIVE)


def deferrable_refusals(schema: SchemaState, key: ForeignKey) -> Iterator[Refusal]:
    """What PostgreSQL says to a foreign key, of whose target duplicates may be looked for later."""
    index = schema.index_under(schema.pointed(key))
    under = schema.known(key.target).constraint(index.name) if index is not None else None
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
