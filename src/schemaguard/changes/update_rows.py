"""UPDATE."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.delete_rows import DeleteRows
from schemaguard.costs import Cost, Lock
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

    moves_data: ClassVar[bool] = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Locks that let reads and writes through; all rows are read unless a unique index finds them."""
        # With foreign keys of its own, the rows that they point to are looked up, too.
        yield from DeleteRows(self.table, self.where, self.reads).costs(schema, server)
        for key in schema.known(self.table).foreign_keys():
            yield Lock(key.target, LockMode.ROW_SHARE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of two values for one column."""
        del schema, server
        yield from (Refusal("42601", f"column {name} is assigned twice") for name in self.twice)
