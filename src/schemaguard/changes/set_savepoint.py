"""SAVEPOINT."""

from dataclasses import dataclass

from schemaguard.changes.base import SessionChange


@dataclass(frozen=True, slots=True)
class SetSavepoint(SessionChange):
    """A point of the transaction to which it can be taken back; a later one of the same name hides it."""

    name: str
