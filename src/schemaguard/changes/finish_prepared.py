"""COMMIT PREPARED and ROLLBACK PREPARED."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class FinishPrepared(SessionChange):
    """What the prepared transaction did is there now, or never was; its locks are released."""

    name: str
    commit: bool

    @property
    def alone(self) -> bool:
        """Not in another transaction."""
        return True
