"""What is known of an SQL expression."""

from dataclasses import dataclass, field
from enum import Enum

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
class Expression:
    """An SQL expression: the author's text, and what is known of it."""

    text: str = field(compare=False)
    #: The columns of the row that it refers to.
    columns: frozenset[str] = frozenset()
    #: The columns which are not null wherever it, as a valid CHECK, holds.
    proves_present: frozenset[str] = frozenset()
    #: Taken by itself; UNKNOWN where it calls functions that do not come with PostgreSQL.
    volatility: Volatility = field(default=Volatility.UNKNOWN, compare=False)
    #: These functions, of which a schema may know more, and how volatile it is but for them.
    calls: frozenset[Relation] = field(default=frozenset(), compare=False)
    rest: Volatility = field(default=Volatility.UNKNOWN, compare=False)
