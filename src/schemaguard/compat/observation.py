"""What a server was seen to do with a statement at one schema state."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass

Row = tuple[str | None, ...]


class History(Enum):
    """Who has written the rows that a statement meets."""

    #: They were there before the release.
    LEGACY = "legacy"
    #: And the baseline has written more, since the state was reached.
    BASELINE = "baseline"
    #: And the canary has.
    CANARY = "canary"
    #: And both have.
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Failure:
    """The server refused."""

    sqlstate: str
    message: str
    #: The constraint or unique index that it names, ``schema.table.name``.
    constraint: str = ""


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


#: By the types that the driver declares.
Prepares = Mapping[tuple[str, ...], Prepared | Failure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the server says of a statement before it runs."""

    prepared: Prepares
    plan: Planned | Failure | None = None

    @property
    def tables(self) -> frozenset[str]:
        """Those it reads or writes."""
        return self.plan.reads | self.plan.writes if isinstance(self.plan, Planned) else frozenset()


@dataclass(frozen=True, slots=True)
class Write:
    """One statement of a workload with values of its own: it makes a history."""

    query: Query
    vector: Vector
    #: Of all that is written before a release ends: wherever it is written, it gets the same keys.
    number: int
    #: Under whose rights; "": those of who is connected.
    role: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Runs at home, and the same once more: what differs between the two is no evidence."""

    runs: Mapping[Vector, Run] = field(default_factory=dict)
    again: Mapping[Vector, Run] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A statement on the schema that it was written for."""

    described: Described
    #: What it does after whom; where a history is missing, its code never met such rows at home.
    evidence: Mapping[History, Evidence]

    @property
    def vectors(self) -> tuple[Vector, ...]:
        """The values that it is tried with."""
        return tuple(self.evidence[History.LEGACY].runs)

    @property
    def working(self) -> tuple[Vector, ...]:
        """Those with which it works at home."""
        runs = self.evidence[History.LEGACY].runs
        return tuple(vector for vector, run in runs.items() if run.failure is None)
