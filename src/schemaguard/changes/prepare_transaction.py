"""PREPARE TRANSACTION."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class PrepareTransaction(SessionChange):
    """The transaction leaves the session with its locks; nothing of it is seen until it is committed."""

    name: str
