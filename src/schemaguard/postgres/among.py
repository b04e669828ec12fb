"""Among which rows statements are run at a state, and what else is known of it."""

from collections.abc import Mapping, Sequence

from schemaguard.compat.observation import Described, History, Write
from schemaguard.dataclass import dataclass
from schemaguard.postgres.dated import Named
from schemaguard.postgres.loosened import Tight
from schemaguard.postgres.probe_statements import Prober


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """The rows of one database at a state."""

    dsn: str
    #: Columns whose old rows the release has given other values.
    moved: frozenset[str]
    #: Tables that have lost generated rows.
    thinned: frozenset[str]
    #: The histories that it is asked about, and what is written for each.
    written: Mapping[History, Sequence[Write]]
    #: Of what should have been written before, what was refused.
    refused: frozenset[int] = frozenset()
    #: Why it never came to the state; "": it did.
    ended: str = ""
    #: Tables whose rows are not what they were at the state before; None: nobody knows.
    changed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """A statement in the session that it is run in."""

    prober: Prober
    place: Among
    history: History
    described: Described
    whole: bool


@dataclass(frozen=True, slots=True)
class News:
    """What there may be that was not there before the release."""

    loosened: tuple[Tight, ...]
    #: Columns that were never NULL and are so now.
    nulls: frozenset[tuple[str, str]]
    #: Columns whose default lies about old rows.
    dated: frozenset[Named]
