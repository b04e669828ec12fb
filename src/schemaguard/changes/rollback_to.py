"""ROLLBACK TO [SAVEPOINT]."""

from dataclasses import dataclass

from schemaguard.changes.base import SessionChange


@dataclass(frozen=True, slots=True)
class RollbackTo(SessionChange):
    """Schema, settings and locks are as they were at the savepoint, which stays."""

    name: str
