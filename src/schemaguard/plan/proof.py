"""What was tried of a plan on a shadow database, and what came of it."""

from dataclasses import dataclass

__all__ = ["Claim", "Proof"]


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
class Proof:
    """All that a plan was held to on a server of one major."""

    major: int
    #: How many rows the tables had before the release.
    rows: int
    claims: tuple[Claim, ...]
    #: What could not be tried, and what the rows had to be spared.
    notes: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[Claim, ...]:
        """The claims that do not hold."""
        return tuple(claim for claim in self.claims if claim.wrong)
