"""DROP CONSTRAINT."""

from collections.abc import Iterator
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import Check, Constraint, Exclude, ForeignKey, SchemaState, Unique
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DropConstraint(Change):
    """Rows need no longer fulfil the constraint."""

    table: Relation
    name: str
    if_exists: bool = False
    cascade: bool = False

    turn: ClassVar[Turn] = Turn.DROP

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint is gone, with its index, and with CASCADE the foreign keys that rest on it."""
        column = schema.required_by(self.table, self.name)
        if column is not None and self._constraint(schema) is None:
            return DropNotNull(Column(self.table, column.name)).apply(schema)
        for table, key in list(self._resting(schema)):
            schema = schema.without_constraint(table, key.name)
        return schema.without_constraint(self.table, self.name)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock, for a foreign key also on its target."""
        del server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        constraint = self._constraint(schema)
        if isinstance(constraint, ForeignKey):
            yield Lock(constraint.target, LockMode.ACCESS_EXCLUSIVE)
        for table, _ in self._resting(schema):
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that says ON CONFLICT, or GROUP BY with columns that depend on the key."""
        del server
        constraint = self._constraint(schema)
        match constraint:
            case Unique(columns=columns):
                needs = f"uniqueness of ({', '.join(columns)}) in table {self.table.text}"
                yield Break(needs=needs, certain=False)
            case None if not (self.if_exists and schema.knows(self.table)):
                yield Break(needs=f"constraint {self.name} of table {self.table.text}", certain=False)
            case Check() | ForeignKey() | Exclude() | None:
                return

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """What a parent has, too, goes only there; and foreign keys rest on a unique index."""
        constraint = self._constraint(schema)
        column = schema.required_by(self.table, self.name)
        if constraint is None and column is not None:
            yield from DropNotNull(Column(self.table, column.name)).refusals(schema, server)
        if constraint is None:
            return
        if constraint.inherited:
            parents = " and ".join(parent.text for parent in schema.known(self.table).parents)
            yield Refusal("42P16", f"{self.name} of {self.table.text} is inherited from {parents}")
        if isinstance(constraint, Unique) and not self.cascade:
            for table, key in schema.resting_on(self.table.sibling(self.name)):
                if table != self.table or key.name != self.name:
                    yield Refusal("2BP01", f"foreign key {key.name} of {table.text} rests on it")

    def undo(self, before: SchemaState) -> "tuple[Change, ...] | None":
        """A CHECK or FOREIGN KEY again, refused where rows have come that it forbids; None: another."""
        from schemaguard.changes.add_check import AddCheck  # They name this one as their own way back.
        from schemaguard.changes.add_foreign_key import AddForeignKey

        if self.if_exists and before.knows(self.table) and self._constraint(before) is None:
            return ()
        if before.children(self.table) or before.known(self.table).partitioned_by is not None:
            return None
        match self._constraint(before):
            case Check(inherited=False, enforced=True) as check:
                return (AddCheck(self.table, check),)
            case ForeignKey(inherited=False, enforced=True, period=False) as key:
                return (AddForeignKey(self.table, key),)
            case _:
                return None

    def _constraint(self, schema: SchemaState) -> Constraint | None:
        return schema.known(self.table).constraint(self.name)

    def _resting(self, schema: SchemaState) -> Iterator[tuple[Relation, ForeignKey]]:
        """The foreign keys that rest on the constraint's index."""
        if self.cascade and isinstance(self._constraint(schema), Unique):
            yield from schema.resting_on(self.table.sibling(self.name))


def drop_what_is_added(table: Relation, before: SchemaState, after: SchemaState) -> tuple[Change, ...]:
    """The changes that drop the constraints which ``after`` has and ``before`` has not."""
    had = {constraint.name for constraint in before.known(table).constraints}
    has = [constraint.name for constraint in after.known(table).constraints]
    return tuple(DropConstraint(table=table, name=name) for name in has if name not in had)
