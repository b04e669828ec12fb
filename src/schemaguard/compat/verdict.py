"""What is known of a statement at a schema state, and the evidence for it."""

from dataclasses import field
from datetime import date
from enum import Enum
from typing import ClassVar

from schemaguard.dataclass import dataclass
from schemaguard.names import literal


class Kind(Enum):
    """In what way a statement stops working."""

    #: A name or type is not there: the statement cannot be prepared.
    RESOLVE = "resolve"
    #: The result has other columns or types.
    SHAPE = "shape"
    #: Only sessions that have prepared it before fail ("cached plan must not change result type").
    WARM = "warm"
    #: It cannot be planned (no unique index for ON CONFLICT, a missing privilege).
    PLAN = "plan"
    #: It fails, or does another number of rows, when it runs.
    RUN = "run"
    #: It runs, and stores or returns something else.
    MEANING = "meaning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One statement with its values that works at home and not here."""

    kind: Kind
    query: str
    sql: str
    types: tuple[str, ...] = ()
    values: tuple[str | None, ...] = ()
    #: "": it did not fail, but did something else.
    sqlstate: str = ""
    message: str
    #: The plan tells it; it was not run.
    foreseen: bool = False
    #: Where it does not fail: its result's columns, or what it returns and stores, at home and here, as JSON.
    home: str = field(default="", compare=False)
    here: str = field(default="", compare=False)

    def script(self) -> str:
        """The statement as psql runs it, at the state where it fails."""
        prepared = self.kind in (Kind.SHAPE, Kind.WARM)
        return execution("witness", self.sql, self.types, self.values, prepared=prepared)


def execution(
    name: str,
    sql: str,
    types: tuple[str, ...],
    values: tuple[str | None, ...],
    *,
    prepared: bool = False,
) -> str:
    """A statement with ``$n`` and its values as psql runs it; ``prepared`` where it has none, too."""
    declared = f" ({', '.join(type_ or 'unknown' for type_ in types)})" if types else ""
    if not values and ("$1" in sql or prepared):
        return f"PREPARE {name}{declared} AS {sql};"
    if not values:
        return f"{sql};"
    given = ", ".join("NULL" if value is None else literal(value).strip() for value in values)
    return f"PREPARE {name}{declared} AS {sql};\nEXECUTE {name} ({given});"


@dataclass(frozen=True, slots=True)
class Proven:
    """The server's own analysis leaves no room for a difference."""

    because: str


@dataclass(frozen=True, slots=True)
class Tested:
    """It was prepared, planned, and did the same as at home in so many runs."""

    #: To pytest, its name looks like that of a test.
    __test__: ClassVar[bool] = False

    runs: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """It does not work, and somebody has said that this is all right, up to a day."""

    by: str
    reason: str
    until: date
    instead_of: "Unknown | Red"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Neither works nor fails as far as anybody knows."""

    reason: str


@dataclass(frozen=True, slots=True)
class Red:
    """It worked at home and does not here."""

    witness: Witness


Verdict = Proven | Tested | Accepted | Unknown | Red

_ORDER = (Proven, Tested, Accepted, Unknown, Red)


def badness(verdict: Verdict) -> int:
    """The greater, the worse."""
    return _ORDER.index(type(verdict))


def is_green(verdict: Verdict) -> bool:
    """Whether code may run on it."""
    return isinstance(verdict, Proven | Tested | Accepted)
