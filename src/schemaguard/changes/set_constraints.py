"""SET CONSTRAINTS."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SetConstraints(SessionChange):
    """The constraints are checked at the end of the transaction, or of each statement and now."""

    #: As written, the schema before a dot; (): all.
    names: tuple[str, ...]
    deferred: bool
