"""Findings for people: place, rule, what, why, what to do, and the line itself."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from schemaguard.lint import Reported
from schemaguard.report.colour import Paint
from schemaguard.rule import Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.DEPENDS: "cyan"}


def render(reported: Iterable[Reported], *, migrations: int, statements: int, paint: Paint) -> Iterator[str]:
    """The lines of the report, the sum last."""
    counts: Counter[Severity] = Counter()
    for finding in reported:
        counts[finding.severity] += 1
        yield from _finding(finding, paint)
        yield ""
    yield _sum(counts, migrations, statements, paint)


def _finding(finding: Reported, paint: Paint) -> Iterator[str]:
    severity = paint(finding.severity.value, _COLOURS[finding.severity], bold=True)
    yield f"{paint(str(finding.place), bold=True)}: {severity} {paint(finding.rule, 'magenta')}"
    yield f"  {finding.message}"
    line = _line(finding)
    if line:
        yield paint(f"  {finding.place.line:>5} | {line}", "dim")
    if finding.advice:
        yield f"  {paint('do:', 'green')} {finding.advice}"
    for advice in finding.instead:
        yield f"    {paint(advice.phase.value + ':', 'dim')} {' '.join(advice.sql.split())};"


def _line(finding: Reported) -> str:
    """The line of the file, if it can still be read."""
    try:
        with Path(finding.place.path).open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                if number == finding.place.line:
                    return line.rstrip("\r\n")[:160]
    except OSError:
        return ""
    return ""


def _sum(counts: Counter[Severity], migrations: int, statements: int, paint: Paint) -> str:
    read = f"{_plural(migrations, 'migration')}, {_plural(statements, 'statement')}"
    if not counts:
        return f"{read}: {paint('clean', 'green', bold=True)}"
    found = ", ".join(
        paint(_plural(counts[severity], severity.value, "depends"), _COLOURS[severity], bold=True)
        for severity in Severity
        if counts[severity]
    )
    return f"{read}: {found}"


def _plural(number: int, word: str, same: str = "") -> str:
    return f"{number} {word}" + ("" if number == 1 or word == same else "s")
