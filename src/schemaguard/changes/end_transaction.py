"""COMMIT, END, ROLLBACK and ABORT."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class EndTransaction(SessionChange):
    """Locks are released; without ``commit`` the schema is as at BEGIN, which ``session`` sees to."""

    commit: bool
