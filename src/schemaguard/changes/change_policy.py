"""CREATE, ALTER and DROP POLICY."""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.mentions import NOTHING, Mentions
from schemaguard.names import Relation
from schemaguard.reach import missing
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


class PolicyAction(Enum):
    """What is done to it."""

    CREATE = "create"
    ALTER = "alter"
    RENAME = "rename"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePolicy(Change):
    """Other rows of the table are let through, once row level security is enabled."""

    action: PolicyAction
    table: Relation
    name: str
    if_exists: bool = False
    #: RENAME TO.
    new_name: str = ""
    #: What USING and WITH CHECK name.
    using: Mentions = NOTHING
    checking: Mentions = NOTHING

    @property
    def reads(self) -> tuple[Relation, ...]:
        """The relations that its expressions read."""
        return (self.using | self.checking).relations

    @property
    def about(self) -> Thing:
        """The policy."""
        return Thing("policy", self.name, self.table)

    def makes(self, before: SchemaState) -> Thing | None:
        """The policy, where it is new."""
        del before
        return self.about if self.action is PolicyAction.CREATE else None

    def apply(self, schema: SchemaState) -> SchemaState:
        """It is there, is called otherwise, or is gone."""
        match self.action:
            case PolicyAction.CREATE:
                return replace(schema, things=schema.things | {self._made(schema)})
            case PolicyAction.ALTER if (old := self._there(schema)) is not None:
                # What stays as it was of its two expressions is not known apart.
                new = self._made(schema)
                kept = replace(new, uses=new.uses | old.uses, calls=new.calls | old.calls)
                return replace(schema, things=schema.things - {old} | {kept})
            case PolicyAction.DROP:
                return replace(schema, things=schema.things - {self.about})
            case PolicyAction.RENAME if self.about in schema.things or not schema.complete:
                new = replace(self._there(schema) or self.about, name=self.new_name)
                return replace(schema, things=schema.things - {self.about} | {new})
            case _:
                return schema

    def _there(self, schema: SchemaState) -> Thing | None:
        return next((thing for thing in schema.things if thing == self.about), None)

    def _made(self, schema: SchemaState) -> Thing:
        said = self.using | self.checking
        return replace(self.about, uses=said.uses(schema, self.table), calls=said.calls)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock that nobody gets past, and a weak one on what its expressions read."""
        del server
        if self._is_missing(schema):
            return
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        for relation in self.reads:
            yield Lock(relation, LockMode.ACCESS_SHARE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that counts on the rows which it sees, and may write, now."""
        del server
        if self.action is not PolicyAction.RENAME and not self._is_missing(schema):
            yield Break(needs=f"the rows of {self.table.text} that policies let it see", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of one that is there already, or is not there."""
        del server
        if not self.if_exists:
            yield from missing(schema, self.table, a_table=True)
        there = self.about in schema.things
        if self.action is PolicyAction.CREATE and there:
            yield Refusal("42710", f"{self.table.text} has a policy {self.name} already")
        elif (
            self.action is not PolicyAction.CREATE
            and schema.knows(self.table)
            and not there
            and not self.if_exists
        ):
            yield Refusal("42704", f"{self.table.text} has no policy {self.name}")
        new = Thing("policy", self.new_name, self.table)
        if self.action is PolicyAction.RENAME and there and new in schema.things:
            yield Refusal("42710", f"{self.table.text} has a policy {self.new_name} already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP, or the old name. What a policy said is not known."""
        del before
        match self.action:
            case PolicyAction.CREATE:
                return (ChangePolicy(action=PolicyAction.DROP, table=self.table, name=self.name),)
            case PolicyAction.RENAME:
                return (replace(self, name=self.new_name, new_name=self.name),)
            case _:
                return None

    def _is_missing(self, schema: SchemaState) -> bool:
        known = schema.complete or schema.knows(self.table)
        return self.if_exists and known and self.about not in schema.things
