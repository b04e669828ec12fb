"""What may become of one change."""

from schemaguard.dataclass import dataclass
from schemaguard.phase import Phase
from schemaguard.recipe import Step


@dataclass(frozen=True, slots=True)
class Written:
    """The statement runs as its author wrote it."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Gentle:
    """These steps do it. ``drops``: after all others of their phase.

    ``apart``: statements that lead from where the change itself ends to where the steps end.
    ``last``: steps after all others of the release.
    """

    steps: tuple[Step, ...]
    drops: bool = False
    apart: tuple[str, ...] = ()
    last: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Consumed:
    """It has gone into something else: a pair, what is said of the data, or the runner's own transactions."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """We know no gentle way: why, and what to do by hand."""

    why: str
    instead: str


Decision = Written | Gentle | Consumed | Impossible
