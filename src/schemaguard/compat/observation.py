"""What a server was seen to do with a statement at one schema state."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """The server refused."""

    sqlstate: str
    message: str


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result; ``base`` is its type without modifiers."""

    name: str
    type: str
    base: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """Parse and Describe went well."""

    parameters: tuple[str, ...]
    columns: tuple[ResultColumn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What the generic plan says; relations as ``schema.name``."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    #: Tables whose rows may change along, by their foreign keys.
    follow: frozenset[str] = frozenset()
    #: Columns that are NOT NULL and that the statement leaves NULL, ``schema.table.column``.
    left_null: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Image:
    """All rows of a table, by primary key, or by the whole row where there is none."""

    columns: tuple[str, ...]
    rows: Mapping[Row, Row]


@dataclass(frozen=True, slots=True)
class Stored:
    """A table before and after a statement."""

    before: Image
    after: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The statement was executed, or refused, with one vector of values; then all was rolled back."""

    failure: Failure | None = None
    #: Rows returned or affected.
    count: int = 0
    rows: tuple[Row, ...] = ()
    stored: Mapping[str, Stored] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Vector:
    """Values for all parameters, as text, and the types that the driver declares ("": none)."""

    types: tuple[str, ...]
    values: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A statement at one state."""

    #: By the vector of declared types.
    prepared: Mapping[tuple[str, ...], Prepared | Failure]
    plan: Planned | Failure | None = None
    runs: Mapping[Vector, Run] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A statement on the schema that it was written for."""

    observed: Observation
    #: The same runs once more: what differs between the two is no evidence.
    again: Mapping[Vector, Run] = field(default_factory=dict)

    @property
    def vectors(self) -> tuple[Vector, ...]:
        """The values with which it works at home."""
        return tuple(vector for vector, run in self.observed.runs.items() if run.failure is None)
