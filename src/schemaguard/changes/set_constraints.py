"""SET CONSTRAINTS."""

from dataclasses import dataclass

from schemaguard.changes.base import SessionChange


@dataclass(frozen=True, slots=True)
class SetConstraints(SessionChange):
    """The constraints are checked at the end of the transaction, or of each statement and now."""

    #: As written, the schema before a dot; (): all.
    names: tuple[str, ...]
    deferred: bool
