"""COMMIT, END, ROLLBACK and ABORT."""

from dataclasses import dataclass

from schemaguard.changes.base import SessionChange


@dataclass(frozen=True, slots=True)
class EndTransaction(SessionChange):
    """Locks are released; without ``commit`` the schema is as at BEGIN, which ``session`` sees to."""

    commit: bool
