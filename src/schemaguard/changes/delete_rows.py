"""DELETE."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.select_rows import reading
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.pinned import pinned
from schemaguard.schema import Expression, SchemaState
from schemaguard.server import Server

_AT_CURSOR = re.compile(r"current\s+of\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DeleteRows(Change):
    """Rows are gone. ``where`` None: all of them."""

    table: Relation
    where: Expression | None
    reads: tuple[Relation, ...] = ()

    moves_data: ClassVar[bool] = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Locks that let reads and writes through; all rows are read unless a unique index finds them."""
        del server
        wanted = pinned(self.where.text) if self.where is not None else ()
        # A cursor's row is found by its place.
        at_cursor = self.where is not None and _AT_CURSOR.match(self.where.text)
        for table in (self.table, *schema.descendants(self.table)):
            yield Lock(table, LockMode.ROW_EXCLUSIVE)
            if not at_cursor and not schema.unique_over(table, wanted):
                found = f"a unique index of {table.text} over {' and '.join(sorted(wanted))} finds the rows"
                unknown = bool(wanted) and not schema.knows(table)
                yield Scan(table, LockMode.ROW_EXCLUSIVE, found if unknown else "")
        for table in schema.reached_from(self.table):
            # Looked up, and with CASCADE or SET NULL written to, as are those that point to them in turn.
            yield Lock(table, LockMode.ROW_EXCLUSIVE)
            yield Scan(table, LockMode.ROW_EXCLUSIVE)
            for key in schema.known(table).foreign_keys():
                yield Lock(key.target, LockMode.ROW_SHARE)
        yield from reading(schema, self.reads)
