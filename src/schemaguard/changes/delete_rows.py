"""DELETE."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.changes.select_rows import reading
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
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
    #: USING other rows, whose columns may be meant as well.
    joined: bool = field(default=False, compare=False)

    moves_data: ClassVar[bool] = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Locks that let reads and writes through; all rows are read unless a unique index finds them."""
        del server
        yield from finding(schema, self.table, self.where)
        yield from following(schema, schema.reached_from(self.table))
        yield from reading(schema, self.reads)


def finding(schema: SchemaState, table: Relation, where: Expression | None) -> Iterator[Cost]:
    """Of the rows to be written, in the table and those that inherit from it."""
    wanted = pinned(where.text) if where is not None else ()
    # A cursor's row is found by its place.
    at_cursor = where is not None and _AT_CURSOR.match(where.text)
    for one in (table, *schema.descendants(table)):
        yield Lock(one, LockMode.ROW_EXCLUSIVE)
        if not at_cursor and not schema.unique_over(one, wanted):
            found = f"a unique index of {one.text} over {' and '.join(sorted(wanted))} finds the rows"
            unknown = bool(wanted) and not schema.knows(one)
            yield Scan(one, LockMode.ROW_EXCLUSIVE, found if unknown else "")


def following(schema: SchemaState, tables: Iterable[Relation]) -> Iterator[Cost]:
    """Of the tables whose rows point to what is written.

    They are looked up, and with CASCADE or SET NULL written to, as are those that point to them in turn.
    """
    for table in tables:
        yield Lock(table, LockMode.ROW_EXCLUSIVE)
        yield Scan(table, LockMode.ROW_EXCLUSIVE)
        for key in schema.known(table).foreign_keys():
            yield Lock(key.target, LockMode.ROW_SHARE)
