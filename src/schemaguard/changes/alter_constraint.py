"""ALTER TABLE ... ALTER CONSTRAINT of a foreign key."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.constraint_forms import not_before
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import ForeignKey, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterConstraint(Change):
    """When a foreign key is checked changes, or from 18 on whether it is. None: as it was."""

    table: Relation
    name: str
    deferrable: bool | None = None
    deferred: bool | None = None
    #: From 18 on: ENFORCED, NOT ENFORCED.
    enforced: bool | None = None

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint is so from now on."""
        key = schema.known(self.table).constraint(self.name)
        if not isinstance(key, ForeignKey):
            return schema
        if self.enforced is not None and self.enforced is not key.enforced:
            key = replace(key, enforced=self.enforced, valid=self.enforced)
        if not self.deferrable is self.deferred is None:
            deferred = bool(self.deferred)
            key = replace(key, deferrable=bool(self.deferrable) or deferred, deferred=deferred)
        return schema.with_table(self.table, schema.known(self.table).with_constraint(key))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock, on the other table as well if what checks it changes; ENFORCED reads both."""
        del server
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        key = schema.known(self.table).constraint(self.name)
        if not isinstance(key, ForeignKey) or self.enforced in (None, key.enforced):
            return
        mode = LockMode.SHARE_ROW_EXCLUSIVE if self.enforced else LockMode.ACCESS_EXCLUSIVE
        for target in (key.target, *schema.partitions(key.target)):
            yield Lock(target, mode)
        if self.enforced:
            yield Scan(self.table, LockMode.ACCESS_EXCLUSIVE)
            yield Scan(key.target, LockMode.SHARE_ROW_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that writes orphans or deletes parents, if it is enforced now and was not."""
        del server
        key = schema.known(self.table).constraint(self.name)
        if isinstance(key, ForeignKey) and self.enforced and not key.enforced:
            columns = ", ".join(key.columns)
            needs = f"rows of table {self.table.text} whose ({columns}) is not in {key.target.text}"
            yield Break(needs=needs, certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Only foreign keys can be altered, and of partitions only with the whole."""
        constraint = schema.known(self.table).constraint(self.name)
        if self.enforced is not None:
            yield from not_before(18, "42601", "constraints are always enforced", server)
        if constraint is None and schema.knows(self.table):
            yield Refusal("42704", f"{self.table.text} has no constraint {self.name}")
        elif constraint is not None and not isinstance(constraint, ForeignKey):
            yield Refusal("42809", f"{self.name} is no foreign key")
        elif constraint is not None and constraint.inherited:
            why = f"{self.name} of {self.table.text} is a part of the whole's, with which it is altered"
            yield Refusal("55000" if min(server.majors) >= 18 else "XX000", why)
