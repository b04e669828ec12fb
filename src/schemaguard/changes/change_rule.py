"""CREATE, ALTER and DROP RULE."""

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


class RuleAction(Enum):
    """What is done to it."""

    CREATE = "create"
    RENAME = "rename"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRule(Change):
    """Statements about a table or view do something else, or something more, from now on."""

    action: RuleAction
    table: Relation
    name: str
    #: OR REPLACE.
    replace: bool = False
    if_exists: bool = False
    cascade: bool = False
    #: RENAME TO.
    new_name: str = ""
    #: The statement that is rewritten: SELECT, INSERT, UPDATE or DELETE.
    event: str = ""
    #: DO INSTEAD.
    instead: bool = False
    #: With WHERE it is rewritten for some rows only.
    conditional: bool = False
    #: What its actions and its condition name.
    said: Mentions = NOTHING
    #: The relations of these that they write.
    writes: tuple[Relation, ...] = ()

    @property
    def reads(self) -> tuple[Relation, ...]:
        """The relations that they read."""
        return tuple(relation for relation in self.said.relations if relation not in self.said.filled)

    @property
    def about(self) -> Thing:
        """The rule."""
        return Thing("rule", self.name, self.table)

    def makes(self, before: SchemaState) -> Thing | None:
        """The rule, where it is new."""
        new = self.action is RuleAction.CREATE and self.about not in before.things
        return self.about if new and self._is_own else None

    def apply(self, schema: SchemaState) -> SchemaState:
        """It is there, is called otherwise, or is gone."""
        old = next((thing for thing in schema.things if thing == self.about), None)
        match self.action:
            case RuleAction.CREATE if self._is_own:
                said = self.said
                new = {replace(self.about, uses=said.uses(schema, self.table), calls=said.calls)}
            case RuleAction.DROP:
                new = set()
            case RuleAction.RENAME if old is not None or not schema.complete:
                new = {replace(old or self.about, name=self.new_name)}
            case _:
                return schema
        return replace(schema, things=schema.things - {self.about} | new)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock that nobody gets past, and on what its actions name the locks that these take."""
        del server
        if self._is_missing(schema):
            return
        yield Lock(self.table, LockMode.ACCESS_EXCLUSIVE)
        for relation in self.reads:
            yield Lock(relation, LockMode.ACCESS_SHARE)
        for relation in self.writes:
            yield Lock(relation, LockMode.ROW_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that counts on what its statements do now; INSTEAD of that something else is done."""
        del server
        if self.action is RuleAction.RENAME or self._is_missing(schema):
            return
        if self.action is RuleAction.DROP:
            yield Break(needs=f"what rule {self.name} of {self.table.text} does", certain=False)
            return
        certain = self.instead and not self.conditional and self.table in schema.tables
        yield Break(needs=f"what {self.event} does to {self.table.text}", certain=certain)
        if self.event in ("INSERT", "UPDATE") and self.table in schema.tables:
            # The server refuses it for a table with rules on either (0A000; 14 to 18), and MERGE into it.
            yield Break(needs=f"INSERT ... ON CONFLICT into {self.table.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of one that is there already, or is not there; and where there can be none."""
        there = self.about in schema.things
        if not self.if_exists:
            yield from missing(schema, self.table)
        if self.action is RuleAction.CREATE:
            view = schema.views.get(self.table)
            if view is not None and view.materialized:
                yield Refusal("0A000", f"{self.table.text} is a materialized view, which has no rules")
            if self.event == "SELECT" and self.table in schema.tables and max(server.majors) >= 16:
                yield Refusal("42809", f"{self.table.text} is a table; from 16 on none becomes a view")
            if there and not self.replace:
                yield Refusal("42710", f"{self.table.text} has a rule {self.name} already")
        elif self.name == "_RETURN" and self.table in schema.views:
            yield Refusal("2BP01" if self.action is RuleAction.DROP else "42P17", "it is what makes the view")
        elif self._known(schema) and not there and not self.if_exists:
            yield Refusal("42704", f"{self.table.text} has no rule {self.name}")
        elif self.new_name and Thing("rule", self.new_name, self.table) in schema.things:
            yield Refusal("42710", f"{self.table.text} has a rule {self.new_name} already")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP, or the old name. What a rule said is not known."""
        match self.action:
            case RuleAction.CREATE if self._is_own and not (
                self.replace and (self.about in before.things or not before.complete)
            ):
                return (ChangeRule(action=RuleAction.DROP, table=self.table, name=self.name),)
            case RuleAction.RENAME:
                return (replace(self, name=self.new_name, new_name=self.name),)
            case _:
                return None

    @property
    def _is_own(self) -> bool:
        """Whether it is more than the query of a view."""
        return self.event != "SELECT"

    def _known(self, schema: SchemaState) -> bool:
        return schema.complete or schema.knows(self.table)

    def _is_missing(self, schema: SchemaState) -> bool:
        return self.if_exists and self._known(schema) and self.about not in schema.things
