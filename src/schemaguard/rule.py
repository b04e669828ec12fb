"""All that a rule's author imports: Rule, its examples, Finding, Frame, Severity."""

from collections.abc import Callable, Iterator, Sequence
from enum import Enum

from schemaguard.breaks import Break
from schemaguard.costs import Cost
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss, Refusal, Wording
from schemaguard.frame import Frame
from schemaguard.phase import Phase
from schemaguard.server import MAJORS

__all__ = [
    "Advice",
    "Bad",
    "Evidence",
    "Example",
    "Finding",
    "Frame",
    "Good",
    "NamedRule",
    "Phase",
    "Rule",
    "Severity",
]


class Severity(Enum):
    """How sure and how bad."""

    #: Certain, for code that uses the whole schema or for anyone who waits.
    ERROR = "error"
    #: Certain but tolerable.
    WARNING = "warning"
    #: Hangs on something that we do not know; the message says what would settle it.
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Advice:
    """What to run instead, in that phase."""

    phase: Phase
    sql: str


#: What a finding rests on.
Evidence = Cost | Break | Refusal | Loss | Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found: never without its evidence."""

    message: str
    because: Evidence
    #: What to run; empty: the recipe of the change that costs or breaks.
    instead: tuple[Advice, ...] = ()
    #: What to do, a sentence.
    advice: str = ""
    #: None: the rule's own.
    severity: Severity | None = None
    #: The same of several tables in one statement is one finding, which names them all.
    together: bool = False


@dataclass(frozen=True, slots=True)
class Bad:
    """A script that the rule reports, and no other rule."""

    title: str
    sql: str
    phase: Phase = Phase.EXPAND
    #: The SQLSTATE with which the server refuses the statement that is reported.
    refused: str = ""
    #: Why it ends elsewhere than the other bad ones, where it does.
    ends_elsewhere: str = ""
    #: The majors that it is about; of others it says nothing.
    on: tuple[int, ...] = MAJORS


@dataclass(frozen=True, slots=True)
class Good:
    """A script that no rule reports and that ends where the bad ones end."""

    title: str
    sql: str
    phase: Phase = Phase.EXPAND
    #: Why it ends elsewhere, where it must.
    ends_elsewhere: str = ""
    #: The majors that it is about; of others it says nothing.
    on: tuple[int, ...] = MAJORS


Example = Bad | Good


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A question to a frame (``check``) or to the whole script (``check_script``), never both."""

    severity: Severity
    since: str
    examples: tuple[Example, ...]
    #: The schema before each example, as SQL.
    given: str = ""
    check: Callable[[Frame], Iterator[Finding]] | None = None
    check_script: Callable[[Sequence[Frame]], Iterator[tuple[Frame, Finding]]] | None = None
    #: One remedy mends all that a migration has of it: only the first is told, and the others are counted.
    once: bool = False
    #: False: off unless chosen.
    default: bool = True
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule with what its file says: name, family (folder) and page (docstring)."""

    name: str
    family: str
    page: str
    rule: Rule
    #: How severe the project says that it is; None: as it says itself.
    severity: Severity | None = None

    @property
    def summary(self) -> str:
        """The page's first line."""
        return self.page.strip().splitlines()[0]
