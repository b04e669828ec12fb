"""What was tried of a plan on a shadow database, and what came of it."""

from collections.abc import Mapping
from dataclasses import field

from schemaguard.dataclass import dataclass

__all__ = ["Claim", "Lossy", "Lost", "Proof"]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that a plan promises, and was held to."""

    #: The step's id; "": the plan as a whole.
    step: str
    #: A sentence, true if nothing is ``wrong``.
    what: str
    #: What was seen instead, a line each.
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The old form of a row, what is made of it, and what that becomes again; all as text."""

    old: Mapping[str, str | None]
    new: Mapping[str, str | None] = field(default_factory=dict)
    again: Mapping[str, str | None] = field(default_factory=dict)
    #: What the server has against that; "": nothing.
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lossy:
    """Columns that are made of others, and back, and are not what they were."""

    table: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    #: How many of the table's rows, and how many it has.
    rows: int
    of: int
    #: Some of them.
    examples: tuple[Lost, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """All that a plan was held to on a server of one major."""

    major: int
    #: How many rows the tables had before the release.
    rows: int
    claims: tuple[Claim, ...]
    #: The tables of the plan that had none: of what becomes of rows there nothing has been tried.
    without_rows: tuple[str, ...] = ()
    #: What is lost on the way there and back, of rows that are made up.
    lossy: tuple[Lossy, ...] = ()
    #: What could not be tried, and what the rows had to be spared.
    notes: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[Claim, ...]:
        """The claims that do not hold."""
        return tuple(claim for claim in self.claims if claim.wrong)
