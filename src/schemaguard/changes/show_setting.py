"""SHOW."""

from schemaguard.changes.base import SessionChange
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ShowSetting(SessionChange):
    """Tells the setting, in lower case; ``all``: every one."""

    name: str
