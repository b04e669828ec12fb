"""BEGIN and START TRANSACTION."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class BeginTransaction(SessionChange):
    """Locks are held from now on until the end of the transaction."""
