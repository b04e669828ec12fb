"""CREATE TRIGGER."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.changes.drop_trigger import DropTrigger
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class CreateTrigger(Change):
    """A function is called for what is written to the table from now on."""

    table: Relation
    name: str
    replace: bool
    #: FOR EACH ROW: partitions get it, too.
    row: bool = False
    #: UPDATE OF these columns.
    columns: tuple[str, ...] = ()
    #: FROM, of a constraint trigger: the table at the other end.
    other: Relation | None = None
    #: What is called.
    function: Relation | None = None
    #: What its WHEN calls.
    asks: frozenset[Relation] = frozenset()

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table has the trigger."""
        state = schema.known(self.table)
        return schema.with_table(
            self.table,
            replace(
                state,
                triggers=state.triggers | {self.name},
                calls=frozenset(pair for pair in state.calls if pair[0] != self.name) | self._call,
                needed=frozenset(pair for pair in state.needed if pair[1] != self.name)
                | {(column, self.name) for column in self.columns},
            ),
        )

    @property
    def _call(self) -> frozenset[tuple[str, Relation]]:
        called = self.asks if self.function is None else self.asks | {self.function}
        return frozenset((self.name, function) for function in called)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock that lets reads through."""
        del schema, server
        yield Lock(self.table, LockMode.SHARE_ROW_EXCLUSIVE)
        if self.other is not None:
            yield Lock(self.other, LockMode.ACCESS_SHARE)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP TRIGGER, unless it takes the place of another."""
        if self.replace and (not before.knows(self.table) or self.name in before.known(self.table).triggers):
            return None
        return (DropTrigger(table=self.table, name=self.name, if_exists=False, cascade=False),)
