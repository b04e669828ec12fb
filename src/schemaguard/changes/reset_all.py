"""RESET ALL."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ResetAll(SessionChange):
    """Every setting is as when the session began, but the role and the transaction's own."""
