"""CREATE, ALTER and DROP SEQUENCE. Which sequences there are is not followed."""

from collections.abc import Iterator
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import SchemaState
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
    #: OWNED BY this column.
    owner: Column | None = None

    moves_data: ClassVar[bool] = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was, in all that is followed."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Who asks an altered sequence for a number waits for the transaction's end. Tables go on."""
        del schema, server
        if self.owner is not None:
            yield Lock(self.owner.table, LockMode.ACCESS_SHARE)

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
