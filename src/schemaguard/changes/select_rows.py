"""SELECT, VALUES and TABLE as statements."""

from collections.abc import Iterator
from typing import ClassVar

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import with_all_below
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class SelectRows(Change):
    """Rows are read, of these relations."""

    reads: tuple[Relation, ...]
    #: FOR UPDATE, FOR SHARE and the like.
    locks: bool = False
    #: WITH NO DATA: the query is understood and not run.
    empty: bool = False
    #: What nextval and the like name.
    sequences: tuple[Relation, ...] = ()

    planned: ClassVar[bool] = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """The weakest lock; with FOR UPDATE one that writes let through."""
        del server
        read = reading(schema, self.reads)
        yield from (cost for cost in read if not (self.empty and isinstance(cost, Scan)))
        for table in self.reads if self.locks else ():
            for one in with_all_below(schema, table):
                yield Lock(one, LockMode.ROW_SHARE)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """Nothing is to be taken back."""
        del before
        return ()


def reading(schema: SchemaState, relations: tuple[Relation, ...]) -> Iterator[Cost]:
    """What it costs to read them: views read other relations in turn."""
    ahead, seen = list(relations), set[Relation]()
    while ahead:
        relation = ahead.pop()
        if relation in seen:
            continue
        seen.add(relation)
        view = schema.views.get(relation)
        if view is not None and not view.materialized:
            yield Lock(relation, LockMode.ACCESS_SHARE)
            ahead += sorted(view.reads)
            continue
        for table in with_all_below(schema, relation):
            yield Lock(table, LockMode.ACCESS_SHARE)
            yield Scan(table, LockMode.ACCESS_SHARE)
