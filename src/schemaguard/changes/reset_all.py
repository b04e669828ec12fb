"""RESET ALL."""

from dataclasses import dataclass

from schemaguard.changes.base import SessionChange


@dataclass(frozen=True, slots=True)
class ResetAll(SessionChange):
    """Every setting is as when the session began, but the role and the transaction's own."""
