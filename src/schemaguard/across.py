"""Keeping columns of a table in step with those of another one, which has a row for each: the triggers' text.

After each row that is written, on both sides. A function looks at what the two rows say
now, not at what called it, and changes nothing where they say the same: so what it writes
itself, which calls the other one, ends there. It needs no setting and no trigger depth.

The functions have the rights of who makes them, for who may write one table may not write
the other; and the writer's search_path, as the application's triggers on the other table
want it. So, as in the server's own triggers for foreign keys, each name in them has its schema.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping

from schemaguard.across_text import (
    IS,
    Trigger,
    create_function,
    differ,
    differ_here,
)
from schemaguard.column_types import Type
from schemaguard.conditions import SYNC
from schemaguard.dataclass import dataclass
from schemaguard.names import Column, Relation, digest_of, quote
from schemaguard.recipe import Backfill
from schemaguard.steps import own_name
from schemaguard.trigger_text import drop_triggers


@dataclass(frozen=True, slots=True, kw_only=True)
class Across(ABC):
    """Columns that move from ``source`` to ``target``, and what both rows have in common."""

    release: str
    source: Relation
    target: Relation
    #: Column of the source to that of the target: those that say which rows belong together.
    key: Mapping[str, str]
    #: And those that move.
    moved: Mapping[str, str]
    #: The types of the source's columns that move.
    types: Mapping[str, Type]
    #: A row of the target may be there before that of the source.
    early: bool = False

    @property
    def columns(self) -> frozenset[Column]:
        """The columns that move."""
        return frozenset(Column(self.source, name) for name in self.moved)

    # Names

    @property
    def digest(self) -> str:
        """Tells its names from those of other columns, and of another release."""
        return digest_of(self.release, self.source.text, self.target.text, *self.moved)

    @property
    def from_source(self) -> Relation:
        """The function that lets the target follow."""
        return self.source.sibling(own_name(SYNC, self.source.name, "to", self.digest))

    @property
    def from_target(self) -> Relation:
        """The function that lets the source follow."""
        return self.target.sibling(own_name(SYNC, self.target.name, "from", self.digest))

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """All of them, of both tables."""
        return (*self.of_source(), *self.of_target())

    @abstractmethod
    def of_source(self) -> Iterator[Trigger]:
        """The triggers of the source."""

    @abstractmethod
    def of_target(self) -> Iterator[Trigger]:
        """The triggers of the target."""

    # SQL

    def create(self) -> tuple[str, ...]:
        """The statements that make functions and triggers."""
        return (
            *create_function(self.from_source, self.follow_source()),
            *create_function(self.from_target, self.follow_target()),
            *(trigger.create() for trigger in self.triggers),
        )

    def drop(self) -> tuple[str, ...]:
        """The statements that take them away: the triggers first."""
        of_source = [trigger.name for trigger in self.of_source()]
        of_target = [trigger.name for trigger in self.of_target()]
        return (
            *drop_triggers(of_source, self.source, self.from_source),
            *drop_triggers(of_target, self.target, self.from_target),
        )

    @abstractmethod
    def follow_source(self) -> Iterator[str]:
        """What is done when the source's row was written."""

    @abstractmethod
    def follow_target(self) -> Iterator[str]:
        """What is done when the target's row was written."""

    def sets(self, row: str) -> str:
        """What the source's row gets from the target's."""
        return ", ".join(f"{quote(here)} = {row}.{quote(there)}" for here, there in self.moved.items())

    @property
    def sets_there(self) -> str:
        """What the target's row gets from the source's, ``here``."""
        return ", ".join(f"{quote(there)} = here.{quote(here)}" for here, there in self.moved.items())

    def take_what_is_there(self, new: str) -> Iterator[str]:
        """Of a new row of the source that says nothing: what the target's says, which may be there before."""
        if self.early:
            yield f"    IF TG_OP {IS} 'INSERT' THEN"
            yield f"        UPDATE {self.source} AS here SET {self.sets('there')} FROM {self.target} AS there"
            yield f"        WHERE {new} AND {self.together} AND NOT ({self.any_of('here')})"
            yield f"            AND ({self.differing});"
            yield "    END IF;"

    # Conditions on rows: ``here`` is the source's, ``there`` the target's.

    def same_key(self, here: str, there: str, equals: str = "=") -> str:
        """Whether the two rows belong together."""
        pairs = self.key.items()
        return " AND ".join(f"{there}.{quote(t)} {equals} {here}.{quote(h)}" for h, t in pairs)

    @property
    def together(self) -> str:
        """The same of ``here`` and ``there``, in any search_path."""
        return self.same_key("here", "there", IS)

    def contradicting(self, here: str = "here") -> str:
        """Whether two rows that belong together differ."""
        pairs = self.moved.items()
        each = (differ_here(f"{here}.{quote(a)}", f"there.{quote(b)}", self.types[a]) for a, b in pairs)
        return " OR ".join(each)

    @property
    def differing(self) -> str:
        """The same in any search_path."""
        return self.unlike("here", self.moved, "there", self.moved.values())

    def any_of(self, row: str) -> str:
        """Whether the source's row says something."""
        return " OR ".join(f"{row}.{quote(column)} IS NOT NULL" for column in self.moved)

    def unlike(self, row: str, columns: Iterable[str], other: str, others: Iterable[str]) -> str:
        """Whether two rows differ in these columns, which are those that move, in any search_path."""
        each = zip(columns, others, self.types.values(), strict=True)
        return " OR ".join(differ(f"{row}.{quote(a)}", f"{other}.{quote(b)}", type_) for a, b, type_ in each)

    @property
    @abstractmethod
    def wrong(self) -> str:
        """What stands behind FROM to find what is not in step."""

    @abstractmethod
    def backfill(self) -> Backfill:
        """What is written where the target lacks something."""
