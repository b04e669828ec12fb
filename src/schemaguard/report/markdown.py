"""Findings as a comment below a pull request."""

from collections.abc import Iterator

from schemaguard.lint import Reported
from schemaguard.report.excerpt import action_place
from schemaguard.report.findings import Findings
from schemaguard.report.markdown_text import fenced, fitting, plain, short
from schemaguard.report.paths import from_root
from schemaguard.rule import Severity

#: So many characters of a statement are shown.
_MOST = 2_000

_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.DEPENDS: "❔"}


def render(findings: Findings) -> str:
    """How much there is, and then each finding, to be unfolded; the worst first."""
    return fitting(_lines(findings))


def _lines(findings: Findings) -> Iterator[str]:
    yield f"### {'❌' if findings.failing else '✅'} schemaguard lint"
    yield ""
    yield findings.total
    if findings.notes:
        yield ""
        yield from (f"- {short(note)}" for note in findings.notes)
    for severity in Severity:
        for finding in findings.reported:
            if finding.severity is severity:
                yield ""
                yield from _finding(finding)


def _finding(finding: Reported) -> Iterator[str]:
    place = action_place(finding) or finding.place
    said = f"<b>{finding.rule}</b> {plain(f'{from_root(place.path)}:{place.line}')}"
    yield f"<details><summary>{_SIGNS[finding.severity]} {said}: {short(finding.message)}</summary>"
    if finding.sql:
        yield ""
        yield from fenced(finding.sql if len(finding.sql) <= _MOST else f"{finding.sql[:_MOST]}...")
    if finding.advice:
        yield ""
        yield short(finding.advice)
    if finding.instead:
        yield ""
        sql = "\n".join(f"-- {one.phase.value}\n{one.sql.strip().rstrip(';')};" for one in finding.instead)
        yield from fenced(sql)
    yield ""
    yield "</details>"
