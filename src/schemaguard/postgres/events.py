"""What a run tells those who watch it."""

from collections.abc import Callable

from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, for those who watch.

    ``kind`` is begin, wait, note, progress, paused, resumed, done, found or failed; undone or stays.
    """

    kind: str
    step: str
    title: str
    #: 1 for the first step of the phase.
    number: int
    of: int
    seconds: float = 0.0
    message: str = ""
    rows: int = 0
    rows_estimate: int = -1
    rate: float = 0.0
    batch: int = 0


Watch = Callable[[Event], None]
