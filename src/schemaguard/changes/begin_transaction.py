"""BEGIN and START TRANSACTION."""

from dataclasses import dataclass

from schemaguard.changes.base import SessionChange


@dataclass(frozen=True, slots=True)
class BeginTransaction(SessionChange):
    """Locks are held from now on until the end of the transaction."""
