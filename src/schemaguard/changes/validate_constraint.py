"""VALIDATE CONSTRAINT."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.bounds import hash_whole
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import Check, Exclude, ForeignKey, SchemaState, Unique
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class ValidateConstraint(Change):
    """The rows that were there before a NOT VALID constraint fulfil it too."""

    table: Relation
    name: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The constraint is valid."""
        schema = schema.with_table(self.table, schema.known(self.table))
        constraint = schema.known(self.table).constraint(self.name)
        match constraint:
            case Check() | ForeignKey():
                return schema.with_constraint(self.table, replace(constraint, valid=True))
            case None if (column := schema.required_by(self.table, self.name)) is not None:
                how = replace(column.not_null_as, valid=True)
                state = schema.known(self.table).with_column(replace(column, not_null_as=how))
                return schema.with_table(self.table, state)
            case Unique() | Exclude() | None:
                return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """All rows are read, for a foreign key those of both tables, while reads and writes go on."""
        del server
        yield Lock(self.table, LockMode.SHARE_UPDATE_EXCLUSIVE)
        constraint = schema.known(self.table).constraint(self.name)
        match constraint:
            case None if (column := schema.required_by(self.table, self.name)) is not None:
                if not column.not_null_as.valid:
                    yield Scan(self.table, LockMode.SHARE_UPDATE_EXCLUSIVE)
            case None:
                unknown = f"constraint {self.name} of {self.table.text} is valid already"
                yield Scan(self.table, LockMode.SHARE_UPDATE_EXCLUSIVE, unknown)
            case Check(valid=False, expression=expression):
                yield Scan(self.table, LockMode.SHARE_UPDATE_EXCLUSIVE)
                if whole := hash_whole(expression.text, self.table.schema):
                    yield Lock(whole, LockMode.ACCESS_SHARE)
            case ForeignKey(valid=False, target=target):
                yield Scan(self.table, LockMode.SHARE_UPDATE_EXCLUSIVE)
                yield Lock(target, LockMode.ROW_SHARE)
                yield Scan(target, LockMode.ROW_SHARE)
            case Check() | ForeignKey() | Unique() | Exclude():
                return  # It is valid.

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """What is not enforced cannot be valid."""
        del server
        constraint = schema.known(self.table).constraint(self.name)
        if isinstance(constraint, Check | ForeignKey) and not constraint.enforced:
            yield Refusal("55000", f"{self.name} of {self.table.text} is NOT ENFORCED")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """Nothing is to be taken back: it refuses no more than before."""
        del before
        return ()
