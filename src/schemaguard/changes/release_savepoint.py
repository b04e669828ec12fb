"""RELEASE [SAVEPOINT]."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ReleaseSavepoint(SessionChange):
    """The savepoint and those after it are gone; what was done since stays."""

    name: str
