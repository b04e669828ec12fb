"""ALTER TABLE ... ENABLE and DISABLE of triggers and rules."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchTrigger(Change):
    """A trigger or rule of the table acts from now on, or no longer."""

    table: Relation
    #: ``trigger`` or ``rule``.
    kind: str
    #: Its name; ``ALL`` or ``USER`` for triggers together.
    name: str
    on: bool

    @property
    def together(self) -> bool:
        """Whether it is about all triggers of the table."""
        return self.kind == "trigger" and self.name in ("ALL", "USER")

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was: a trigger that is switched off is still there."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock: of triggers it stops writes, of rules everything."""
        del schema, server
        yield Lock(
            self.table, LockMode.SHARE_ROW_EXCLUSIVE if self.kind == "trigger" else LockMode.ACCESS_EXCLUSIVE
        )

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that counts on what it does; with ALL foreign keys are no longer looked at."""
        del server
        if self.on:
            return
        if self.name == "ALL" and self.kind == "trigger":
            yield Break(needs=f"the foreign keys of {self.table.text}, which its triggers check")
        elif not self.together or schema.known(self.table).triggers or not schema.knows(self.table):
            what = "its triggers" if self.together else f"{self.kind} {self.name}"
            yield Break(needs=f"what {what} of {self.table.text} does", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of a trigger that is not there."""
        del server
        known = schema.knows(self.table) and self.kind == "trigger" and not self.together
        if known and self.name not in schema.known(self.table).triggers:
            yield Refusal("42704", f"{self.table.text} has no trigger {self.name}")
