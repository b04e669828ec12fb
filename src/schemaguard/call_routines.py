"""Calls of functions and procedures that do not come with PostgreSQL: unread until their bodies are found."""

from schemaguard.changes.base import Unread
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is written."""

    routine: Relation
    #: With so many values; None: that does not show, for VARIADIC gives an array of them.
    given: int | None
    #: ``function`` or ``procedure``.
    kind: str = "function"

    @property
    def called(self) -> str:
        """Its name as it is written."""
        return self.routine.text if self.routine.qualified else self.routine.name


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRoutines(Unread):
    """What is called stands elsewhere. No change: whoever does not look for it finds it unread."""

    calls: tuple[Call, ...]
    #: Of a statement that writes rows: what it does by itself is read, whatever it calls.
    beside: bool = False
