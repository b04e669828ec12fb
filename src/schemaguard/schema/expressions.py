"""What is known of an SQL expression."""

from dataclasses import field
from enum import Enum

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation


class Volatility(Enum):
    """What is known of an expression's value over time."""

    #: The same for ever: a literal, an immutable function of literals.
    CONSTANT = "constant"
    #: The same within a statement: ``now()``.
    STABLE = "stable"
    VOLATILE = "volatile"
    #: A function that we do not know.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some of an expression, all of which the planner keeps or may drop for the same reasons."""

    #: But for the functions that do not come with PostgreSQL, and these.
    volatility: Volatility
    calls: frozenset[Relation] = frozenset()
    #: What is constant beside it may make it vanish.
    loose: bool = False
    #: It is an argument of these, in the place of whose calls their bodies may be put.
    within: frozenset[Relation] = frozenset()
    #: If one of these is constant once planned, it may vanish.
    beside: frozenset[Relation] = frozenset()
    #: It is an argument of these or calls them, with another one that may be NULL.
    given_null: frozenset[Relation] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An SQL expression: the author's text, and what is known of it."""

    text: str = field(compare=False)
    #: The columns of the row that it refers to.
    columns: frozenset[str] = frozenset()
    #: The columns which are not null wherever it, as a valid CHECK, holds.
    proves_present: frozenset[str] = frozenset()
    #: Taken by itself; UNKNOWN where it calls functions that do not come with PostgreSQL.
    volatility: Volatility = field(default=Volatility.UNKNOWN, compare=False)
    #: These functions, of which a schema may know more.
    calls: frozenset[Relation] = field(default=frozenset(), compare=False)
    #: The same by parts, but for what the planner drops; (): nobody knows.
    parts: tuple[Part, ...] = field(default=(), compare=False)
    #: What nextval and the like name in it.
    sequences: frozenset[Relation] = field(default=frozenset(), compare=False)
