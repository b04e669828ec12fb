"""ROLLBACK TO [SAVEPOINT]."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class RollbackTo(SessionChange):
    """Schema, settings and locks are as they were at the savepoint, which stays."""

    name: str
