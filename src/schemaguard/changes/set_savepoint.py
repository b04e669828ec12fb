"""SAVEPOINT."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SetSavepoint(SessionChange):
    """A point of the transaction to which it can be taken back; a later one of the same name hides it."""

    name: str
