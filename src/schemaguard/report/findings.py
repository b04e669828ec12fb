"""What the formats for machines are given, and the words that they share."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from schemaguard.dataclass import dataclass
from schemaguard.lint import Reported
from schemaguard.report.excerpt import sent
from schemaguard.report.paths import from_root
from schemaguard.rule import Severity

_ORDER = tuple(Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found, in what."""

    reported: Sequence[Reported]
    #: The files of the migrations, in their order.
    paths: Sequence[str]
    statements: int
    major: int | None = None
    #: The mildest severity that makes the exit code 1.
    fail_on: Severity = Severity.ERROR
    notes: Sequence[str] = ()

    @property
    def failing(self) -> bool:
        """Whether anything is as bad as that."""
        return any(self.fails(finding) for finding in self.reported)

    def fails(self, finding: Reported) -> bool:
        """Whether it is as bad as that."""
        return _ORDER.index(finding.severity) <= _ORDER.index(self.fail_on)

    @property
    def total(self) -> str:
        """How much was read, and what was found."""
        read = f"{plural(len(self.paths), 'migration')}, {plural(self.statements, 'statement')}"
        counts = Counter(finding.severity for finding in self.reported)
        found = (plural(counts[severity], severity.value) for severity in Severity if counts[severity])
        return f"{read}: {', '.join(found) or 'clean'}"


def plural(number: int, word: str) -> str:
    """The number with its word."""
    return f"{number} {word}" + ("" if number == 1 or word.endswith("s") else "s")


def message(finding: Reported) -> str:
    """What it is, and how many more of it the migration has."""
    return (
        f"{finding.message} (and {finding.more} more in this migration)" if finding.more else finding.message
    )


def told(finding: Reported) -> str:
    """What it is and what to do, in lines."""
    lines = [message(finding)]
    if statement := sent(finding):
        lines.append(f"sends: {statement}")
    if finding.advice:
        lines.append(finding.advice)
    lines += [f"{advice.phase.value}: {' '.join(advice.sql.split())};" for advice in finding.instead]
    return "\n".join(lines)


def fingerprints(reported: Sequence[Reported]) -> list[str]:
    """What tells each finding from the others, and stays the same when the lines of its file move.

    It is made of the rule, the migration and the statement's text: a changed statement has new findings.
    """
    seen: Counter[str] = Counter()
    found = []
    for finding in reported:
        key = _key(finding)
        found.append(sha256(f"{key}\0{seen[key]}".encode()).hexdigest()[:32])
        seen[key] += 1
    return found


def _key(finding: Reported) -> str:
    begin, end = finding.within or (0, len(finding.sql))
    about = finding.sql[begin:end] or finding.message
    return "\0".join(
        (finding.rule, finding.revision or from_root(finding.place.path), " ".join(about.split()))
    )
