"""PostgreSQL's table lock modes: what conflicts with what, and which queries each stops."""

from enum import Enum


class LockMode(Enum):
    """A table-level lock mode, weakest first. The value is PostgreSQL's SQL spelling."""

    ACCESS_SHARE = "ACCESS SHARE"
    ROW_SHARE = "ROW SHARE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"
    EXCLUSIVE = "EXCLUSIVE"
    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"

    @property
    def strength(self) -> int:
        """The place in the order of the manual, from 1 to 8."""
        return _ORDER[self]

    @property
    def pg_locks_name(self) -> str:
        """The spelling in ``pg_locks.mode``, such as AccessExclusiveLock."""
        return self.value.title().replace(" ", "") + "Lock"

    def conflicts(self, other: "LockMode") -> bool:
        """Whether the two modes exclude each other."""
        return other in _CONFLICTS[self]

    @property
    def stops_reads(self) -> bool:
        """Whether a plain SELECT has to wait."""
        return self.conflicts(LockMode.ACCESS_SHARE)

    @property
    def stops_writes(self) -> bool:
        """Whether INSERT, UPDATE and DELETE have to wait."""
        return self.conflicts(LockMode.ROW_EXCLUSIVE)

    @classmethod
    def from_pg_locks(cls, mode: str) -> "LockMode":
        """The mode that ``pg_locks.mode`` names."""
        return _BY_PG_LOCKS[mode]


_ORDER = {mode: place for place, mode in enumerate(LockMode, start=1)}
_BY_PG_LOCKS = {mode.pg_locks_name: mode for mode in LockMode}

# The manual, table 13.2 "Conflicting Lock Modes": the lower triangle.
_PAIRS = {
    LockMode.ACCESS_SHARE: (8,),
    LockMode.ROW_SHARE: (7, 8),
    LockMode.ROW_EXCLUSIVE: (5, 6, 7, 8),
    LockMode.SHARE_UPDATE_EXCLUSIVE: (4, 5, 6, 7, 8),
    LockMode.SHARE: (3, 4, 6, 7, 8),
    LockMode.SHARE_ROW_EXCLUSIVE: (3, 4, 5, 6, 7, 8),
    LockMode.EXCLUSIVE: (2, 3, 4, 5, 6, 7, 8),
    LockMode.ACCESS_EXCLUSIVE: (1, 2, 3, 4, 5, 6, 7, 8),
}
_BY_STRENGTH = {place: mode for mode, place in _ORDER.items()}
_CONFLICTS = {mode: frozenset(_BY_STRENGTH[n] for n in numbers) for mode, numbers in _PAIRS.items()}
