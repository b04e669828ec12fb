"""The three phases of a release, in their order."""

from enum import Enum


class Phase(Enum):
    """When, relative to the deployment of the new code, a change may happen."""

    EXPAND = "expand"
    BACKFILL = "backfill"
    CONTRACT = "contract"

    @property
    def order(self) -> int:
        """0 for expand, 1 for backfill, 2 for contract."""
        return list(Phase).index(self)
