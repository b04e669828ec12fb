"""CREATE, ALTER and DROP SEQUENCE."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.dependents import Dependents, dependents
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import SchemaState, SequenceState, with_sequence_named
from schemaguard.server import Server

#: What may make a running nextval() fail, or give a number that was given before.
NARROWING = ("AS", "MAXVALUE", "MINVALUE", "RESTART", "INCREMENT")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSequence(Change):
    """A sequence is made, changed or dropped."""

    sequence: Relation
    #: ``CREATE``, ``ALTER`` or ``DROP``.
    verb: str
    #: The first words of the options that are set, of ALTER also RENAME and SET SCHEMA.
    options: tuple[str, ...] = ()
    if_exists: bool = False
    cascade: bool = False
    #: The others that the same statement drops.
    beside: tuple[Relation, ...] = ()
    #: OWNED BY this column.
    owner: Column | None = None
    #: What RENAME calls it.
    new_name: str = ""
    #: Where SET SCHEMA moves it.
    to: str = ""

    moves_data: ClassVar[bool] = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """It is there, has another name or owner, or is gone."""
        there = schema.sequences.get(self.sequence)
        if self.verb == "CREATE" and not (self.if_exists and schema.has_relation(self.sequence)):
            made = SequenceState(owned_by=self.owner)
            return replace(schema, sequences={**schema.sequences, self.sequence: made})
        if self.verb == "CREATE" or there is None:
            return schema
        if self.verb == "DROP":
            if self.cascade:
                schema = self._dependents(schema).without(schema)
            others = {name: state for name, state in schema.sequences.items() if name != self.sequence}
            return replace(schema, sequences=others)
        if self.becomes is not None:
            return with_sequence_named(schema, self.sequence, self.becomes)
        if "OWNED" in self.options:
            changed = replace(there, owned_by=self.owner)
            return replace(schema, sequences={**schema.sequences, self.sequence: changed})
        return schema

    def _dependents(self, schema: SchemaState) -> Dependents:
        """What cannot be without it."""
        return dependents(schema, relations=(self.sequence, *self.beside))

    @property
    def becomes(self) -> Relation | None:
        """Its new name, if it gets one."""
        if self.to:
            return Relation(self.to, self.sequence.name)
        return self.sequence.sibling(self.new_name) if self.new_name else None

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Who asks an altered sequence for a number waits for the transaction's end. Tables go on."""
        del server
        spared = self.verb == "CREATE" and self.if_exists and schema.has_relation(self.sequence)
        if self.verb == "DROP" and self.cascade:
            yield from self._dependents(schema).locks(schema)
        if self.owner is not None and not spared:
            yield Lock(self.owner.table, LockMode.ACCESS_SHARE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """It lives where its owner does, and goes only with that where it is an identity's."""
        del server
        there = schema.sequences.get(self.sequence)
        owner = self.owner if self.verb == "CREATE" or there is not None else None
        if owner and owner.table.schema != self.sequence.schema and schema.column(owner) is not None:
            yield Refusal("55000", f"{self.sequence.text} is in another schema than {owner.table.text}")
        if self.verb == "DROP" and not self.cascade and there is not None:
            for words in self._dependents(schema).words():
                yield Refusal("2BP01", f"{words} needs {self.sequence.text}")
        if there is None or there.owned_by is None:
            return
        if self.to:
            yield Refusal("0A000", f"{self.sequence.text} belongs to {there.owned_by.text}")
        state = schema.column(there.owned_by)
        if self.verb == "DROP" and state is not None and state.identity is not None:
            yield Refusal("2BP01", f"{there.owned_by.text} is an identity column and needs it")

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that takes numbers from it."""
        del schema, server
        if self.verb == "DROP" or {"RENAME", "SCHEMA"} & set(self.options):
            yield Break(needs=f"sequence {self.sequence.text}", certain=not self.if_exists)
        elif self.verb == "ALTER" and set(NARROWING) & set(self.options):
            words = " and ".join(word for word in self.options if word in NARROWING)
            yield Break(
                needs=f"the numbers of sequence {self.sequence.text} as they were, which {words} changes"
            )
