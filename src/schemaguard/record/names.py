"""What the recording itself cannot tell of an application."""

import subprocess
from pathlib import Path

from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """What a workload is called by; "": nothing was said."""

    app: str = ""
    version: str = ""
    role: str = ""

    def found(self) -> "Names":
        """With the directory's name and the commit where nothing was said."""
        return Names(self.app or Path.cwd().name, self.version or _commit(), self.role)


def _commit() -> str:
    """The version where none is given: the commit."""
    asked = ["git", "describe", "--always", "--dirty", "--tags"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return told.stdout.strip() or "unknown"
