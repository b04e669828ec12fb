"""ALTER TABLE ... ENABLE, DISABLE, FORCE and NO FORCE ROW LEVEL SECURITY."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class RowSecurity(Change):
    """Policies decide which rows a role sees, or decide no longer."""

    table: Relation
    #: ``ENABLE``, ``DISABLE``, ``FORCE`` or ``NO FORCE``.
    verb: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was, in all that is followed."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Without a policy nobody but the owner sees a row any longer; with FORCE not even he."""
        del server
        if self.verb in ("DISABLE", "NO FORCE"):
            return
        policies = [t for t in schema.things if t.kind == "policy" and t.table == self.table]
        none = not policies and schema.knows(self.table)
        yield Break(needs=f"the rows of {self.table.text}, without a policy that shows them", certain=none)
