"""What was found before the first step, in lines for people and in events for programs."""

import json
from collections.abc import Iterable, Iterator

from schemaguard.postgres.preflight import Finding, Severity
from schemaguard.report.colour import Paint

_WORDS = {Severity.REFUSE: "refused", Severity.WARN: "warning", Severity.NOTE: "note", Severity.PLAIN: "ok"}
_COLOURS = {Severity.REFUSE: "red", Severity.WARN: "yellow", Severity.NOTE: "blue", Severity.PLAIN: "green"}


def render(findings: Iterable[Finding], paint: Paint) -> Iterator[str]:
    """The lines of all of them, their evidence and advice below."""
    for finding in findings:
        severity = finding.severity
        word = paint(_WORDS[severity], _COLOURS[severity], bold=severity is Severity.REFUSE)
        yield f"{word} {finding.check}: {finding.sentence}"
        yield from (f"  {line}" for line in finding.evidence)
        if finding.advice:
            yield paint(f"  {finding.advice}", "dim")


def event(finding: Finding) -> str:
    """The finding as an event on a line: see docs/json.md."""
    return json.dumps(
        {
            "kind": "preflight",
            "check": finding.check,
            "severity": finding.severity.value,
            "message": finding.sentence,
            "evidence": list(finding.evidence),
            "advice": finding.advice,
            "waits": finding.waits,
        }
    )
