"""Actions of ALTER TABLE and ALTER INDEX that only take a lock, and change nothing that queries see."""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOption(Change):
    """``what`` of a table or index is set: statistics, storage, options, the owner and the like."""

    table: Relation
    #: The words of the action: ``SET STATISTICS``.
    what: str
    mode: LockMode
    #: The columns that it is about.
    columns: tuple[str, ...] = ()
    #: The constraint or index that it is about; "": none.
    of: str = ""
    #: Of SET and RESET: the storage parameters, with their values as written.
    options: tuple[tuple[str, str], ...] = ()
    #: Whether it is an index: then no table is locked.
    index: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was, in all that is followed."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock; of an index not on its table."""
        del server
        if not self.index and self.table not in schema.indexes:
            yield Lock(self.table, self.mode)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of columns that are not there; and of options of a partitioned table, which keeps no rows."""
        partitioned = schema.known(self.table).partitioned_by is not None
        index = schema.indexes.get(self.table)
        if index is not None:
            partitioned = schema.known(index.table).partitioned_by is not None
        if partitioned and not self.columns and self.what == "SET":
            # Until 15 the table's is an option that is not known.
            state = "22023" if index is None and max(server.majors) < 16 else "42809"
            yield Refusal(state, f"{self.table.text} is partitioned, and has no storage of its own")
        if partitioned and self.what in ("CLUSTER ON", "SET WITHOUT CLUSTER"):
            yield Refusal("0A000", f"{self.table.text} is partitioned")
        for name in self.columns:
            if schema.knows(self.table) and schema.known(self.table).column(name) is None:
                yield Refusal("42703", f"{self.table.text} has no column {name}")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """None: what was set before is not kept."""
        del before
        return None
