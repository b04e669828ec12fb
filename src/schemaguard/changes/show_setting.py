"""SHOW."""

from dataclasses import dataclass

from schemaguard.changes.base import SessionChange


@dataclass(frozen=True, slots=True)
class ShowSetting(SessionChange):
    """Tells the setting, in lower case; ``all``: every one."""

    name: str
