"""The plan of a release: its steps in order, and between which two schemas they lead."""

import hashlib
from dataclasses import field
from functools import cached_property

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.fingerprint import Fingerprint
from schemaguard.recipe import Step
from schemaguard.round_trip import RoundTrip


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the database is to be like before the first step, where that is known."""

    #: The major version that the plan was made for; None: any.
    major: int | None = None
    #: The lines of which ``starts_from`` is the digest.
    shape: tuple[str, ...] = ()


# Not slotted: the digest is computed once, and kept.
@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps from one schema to another, in the order in which they run."""

    release: str
    steps: tuple[Step, ...]
    #: What ``fingerprint`` says of ``tables`` before the first step.
    starts_from: Fingerprint
    #: What it says after the last one. The order of columns does not count.
    ends_at: Fingerprint
    #: The tables that the plan touches.
    tables: tuple[Relation, ...]
    #: The Alembic revision before, if it is known, and the one that the plan carries out.
    revision_before: str | None = None
    revision_after: str | None = None
    #: Statements that make the plan's end of the migration's own; () where both are the same.
    ends_apart: tuple[str, ...] = ()
    #: The pairs of columns that are made of each other: whether nothing is lost by that, rows tell.
    round_trips: tuple[RoundTrip, ...] = ()
    #: What the user should know, a sentence each.
    notes: tuple[str, ...] = ()
    #: Not written down: it is asked about only until the release has begun.
    expected: Expected = field(default=Expected(), compare=False)

    @cached_property
    def digest(self) -> str:
        """A digest of all that the plan will do."""
        from schemaguard.plan.serial import to_json

        return hashlib.sha256(to_json(self).encode()).hexdigest()

    def of(self, phase: Phase, *, to: str = "") -> tuple[Step, ...]:
        """The steps of one phase, up to the one of that id; "": all of them."""
        steps = tuple(step for step in self.steps if step.phase is phase)
        return steps[: [step.id for step in steps].index(to) + 1] if to else steps
