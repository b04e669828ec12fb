"""ALTER TABLE ... ALTER CONSTRAINT."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import ForeignKey, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterConstraint(Change):
    """When a foreign key is checked changes, or from 18 on whether it is."""

    table: Relation
    name: str
    deferrable: bool = False
    deferred: bool = False
    #: From 18 on: ENFORCED, NOT ENFORCED; None: as it was.
    enforced: bool | None = None

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint is so from now on."""
        key = schema.known(self.table).constraint(self.name)
        if not isinstance(key, ForeignKey):
            return schema
        if self.enforced is not None:
            changed = replace(key, enforced=self.enforced, valid=self.enforced)
        else:
            changed = replace(key, deferrable=self.deferrable or self.deferred, deferred=self.deferred)
        return schema.with_table(self.table, schema.known(self.table).with_constraint(changed))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock, on the other table as well if what checks it changes; ENFORCED reads both."""
        del server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        key = schema.known(self.table).constraint(self.name)
        if not isinstance(key, ForeignKey):
            return
        if self.enforced is not None and self.enforced is not key.enforced:
            mode = LockMode.ROW_SHARE if self.enforced else LockMode.ACCESS_EXCLUSIVE
            yield Lock(key.target, LockMode.SHARE_ROW_EXCLUSIVE if self.enforced else mode)
        if self.enforced and not key.enforced:
            yield Scan(self.table, LockMode.ACCESS_EXCLUSIVE)
            yield Scan(key.target, LockMode.SHARE_ROW_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Only foreign keys can be altered."""
        constraint = schema.known(self.table).constraint(self.name)
        if constraint is None and schema.knows(self.table):
            yield Refusal("42704", f"{self.table.text} has no constraint {self.name}")
        elif constraint is not None and not isinstance(constraint, ForeignKey):
            yield Refusal("42809", f"{self.name} is no foreign key")
        if self.enforced is not None and min(server.majors) < 18:
            yield Refusal("0A000", "before 18 constraints are always enforced")
