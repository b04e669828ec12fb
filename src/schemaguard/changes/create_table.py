"""CREATE TABLE."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.drop_table import DropTable
from schemaguard.costs import Cost, Lock
from schemaguard.defaults import as_kept
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Check, ColumnState, Constraint, ForeignKey, SchemaState, TableState, Unique
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable(Change):
    """A new table, which no running code knows."""

    new_names: ClassVar[tuple[str, ...]] = ("table",)

    table: Relation
    columns: tuple[ColumnState, ...]
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table is there, with its constraints and their indexes."""
        if self._is_there(schema):
            return schema
        if self.if_not_exists and not schema.complete:
            # It may have been there before, in another shape.
            return schema.with_table(self.table, schema.known(self.table))
        columns = tuple(as_kept(column) for column in self.columns)
        schema = schema.with_table(self.table, TableState(columns=columns))
        for constraint in in_order(self.constraints):
            schema = schema.with_constraint(self.table, constraint)
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Nobody can use the new table yet; but the tables that it refers to take no writes."""
        del server
        if self._is_there(schema):
            return
        for constraint in self.constraints:
            if isinstance(constraint, ForeignKey) and constraint.target != self.table:
                yield Lock(constraint.target, LockMode.SHARE_ROW_EXCLUSIVE)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP TABLE, if it was not there before."""
        return () if self._is_there(before) else (DropTable(self.table),)

    def _is_there(self, schema: SchemaState) -> bool:
        # An index of that name is in the way as well.
        return self.if_not_exists and schema.has_relation(self.table)


def in_order(constraints: Iterable[Constraint]) -> list[Constraint]:
    """As the server makes those of one definition, which decides about the numbers in generated names.

    Of two that make the same columns unique it makes one, under the first name that is given.
    """
    uniques: dict[tuple[str, ...], Unique] = {}
    others: list[Constraint] = []
    for constraint in sorted(constraints, key=lambda c: not (isinstance(c, Unique) and c.primary)):
        if not isinstance(constraint, Unique):
            others.append(constraint)
        elif (same := uniques.get(constraint.columns)) is not None:
            uniques[constraint.columns] = replace(same, name=same.name or constraint.name)
        else:
            uniques[constraint.columns] = constraint
    checks = [c for c in others if isinstance(c, Check)]
    return [*checks, *uniques.values(), *(c for c in others if isinstance(c, ForeignKey))]
