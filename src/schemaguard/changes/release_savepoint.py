"""RELEASE [SAVEPOINT]."""

from dataclasses import dataclass

from schemaguard.changes.base import SessionChange


@dataclass(frozen=True, slots=True)
class ReleaseSavepoint(SessionChange):
    """The savepoint and those after it are gone; what was done since stays."""

    name: str
