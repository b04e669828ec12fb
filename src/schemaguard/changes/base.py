"""What a change is: one thing that a statement does to the catalog, and all that is known of it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import IntEnum
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss, Refusal
from schemaguard.names import Column, Relation
from schemaguard.recipe import Intent, Recipe
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server

#: What a release can make itself: nobody who runs meanwhile knows it.
Made = Relation | Thing | Column


class Turn(IntEnum):
    """When the server does an action of ALTER TABLE, whatever its place among the others. (14 to 18.)"""

    DROP = 1
    TYPE = 2
    COLUMN = 3
    NOT_NULL = 4
    USING_INDEX = 5
    INDEX = 6
    CONSTRAINT = 7
    LAST = 8


class Change(ABC):
    """One thing that a statement does to the catalog. One subclass a file."""

    __slots__ = ()

    #: Whether it writes rows rather than the catalog.
    moves_data: ClassVar[bool] = False
    #: Whether it only reads rows: which, and how, the planner decides by what is in the tables.
    planned: ClassVar[bool] = False
    #: Its place among the actions of one ALTER TABLE.
    turn: ClassVar[Turn] = Turn.LAST

    #: The fields that name what it makes: without a schema that goes into the first of the search path.
    new_names: ClassVar[tuple[str, ...]] = ()

    @property
    def alone(self) -> bool:
        """Whether the server refuses it inside of a transaction (25001)."""
        return False

    @property
    def about(self) -> Made | None:
        """The type, thing or column that it changes: one that the same release made nobody misses."""
        return None

    def makes(self, before: SchemaState) -> Made | None:
        """The type, thing or column that nobody can have known before it, in its name at least."""
        del before
        return None

    def alone_on(self, schema: SchemaState) -> bool:
        """Whether the server refuses it inside of a transaction, on that schema."""
        del schema
        return self.alone

    @property
    def inside_only(self) -> bool:
        """Whether the server refuses it outside of a transaction (25P01)."""
        return False

    @abstractmethod
    def apply(self, schema: SchemaState) -> SchemaState:
        """What it makes of a schema."""

    @abstractmethod
    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """What others feel while it runs on that schema."""

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """What code that uses the whole schema before it misses after it."""
        del schema, server
        return iter(())

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Why the server refuses it on that schema; for the worst of the majors that it may be."""
        del schema, server
        return iter(())

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """What is gone for good."""
        del schema
        return iter(())

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """How to do it gently; None where it needs no other way or has none."""
        del schema, server, intent
        return None

    def undo(self, before: SchemaState) -> "tuple[Change, ...] | None":
        """The changes that take it back; None: it cannot be undone."""
        del before
        return None


class SessionChange(Change):
    """One of the session alone. What it does to that, and what ROLLBACK takes back, ``session`` knows."""

    __slots__ = ()

    def apply(self, schema: SchemaState) -> SchemaState:
        """The schema is as it was."""
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None."""
        del schema, server
        return iter(())

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """Nothing is to be taken back."""
        del before
        return ()


@dataclass(frozen=True, slots=True)
class Unread:
    """A statement, or an action of one, that we cannot read: ``reason`` ends the sentence "not read: ..."."""

    text: str
    reason: str
    #: Offset in the statement's text where reading stopped.
    offset: int = 0
