"""PREPARE TRANSACTION."""

from dataclasses import dataclass

from schemaguard.changes.base import SessionChange


@dataclass(frozen=True, slots=True)
class PrepareTransaction(SessionChange):
    """The transaction leaves the session with its locks; nothing of it is seen until it is committed."""

    name: str
