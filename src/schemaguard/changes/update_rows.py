"""UPDATE."""

from collections.abc import Iterator
from dataclasses import field
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.delete_rows import finding, following
from schemaguard.changes.select_rows import reading
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Expression, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRows(Change):
    """Rows are written anew. ``where`` None: all of them."""

    table: Relation
    assignments: tuple[tuple[str, Expression], ...]
    where: Expression | None
    reads: tuple[Relation, ...] = ()
    #: The columns that are assigned more than once.
    twice: tuple[str, ...] = ()
    #: FROM other rows, whose columns may be meant as well.
    joined: bool = field(default=False, compare=False)

    moves_data: ClassVar[bool] = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Locks that let reads and writes through; all rows are read unless a unique index finds them."""
        del server
        assigned = frozenset(name for name, _ in self.assignments)
        yield from finding(schema, self.table, self.where)
        yield from rewriting(schema, self.table, assigned)
        yield from reading(schema, self.reads)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of two values for one column."""
        del schema, server
        yield from (Refusal("42601", f"column {name} is assigned twice") for name in self.twice)


def rewriting(schema: SchemaState, table: Relation, assigned: frozenset[str]) -> Iterator[Cost]:
    """Of the tables that are looked up as columns of foreign keys, or that they point to, are assigned."""
    state = schema.known(table)
    # A row that moves to another partition is deleted from one and inserted into the other.
    moves = bool(assigned & (state.partitioned_by or frozenset()))
    for key in state.foreign_keys():
        if moves or assigned & set(key.columns):
            yield Lock(key.target, LockMode.ROW_SHARE)
    reached = schema.reached_from(table) if moves else _pointing(schema, table, assigned)
    yield from following(schema, reached)


def _pointing(schema: SchemaState, table: Relation, assigned: frozenset[str]) -> list[Relation]:
    """The tables whose foreign keys point to these columns, and to what ON UPDATE CASCADE assigns in turn."""
    found: dict[Relation, set[str]] = {}
    todo = [(table, assigned)]
    while todo:
        one, columns = todo.pop()
        for name, key in schema.referencing(one):
            new = set(key.columns) - found.get(name, set())
            if new and columns & set(schema.pointed(key).target_columns):
                found.setdefault(name, set()).update(new)
                todo.append((name, frozenset(new)))
    return list(found)
