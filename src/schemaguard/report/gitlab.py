"""Findings as a code quality report of GitLab: they stand in the merge request."""

import json

from schemaguard.report.excerpt import action_place
from schemaguard.report.findings import Findings, fingerprints, told
from schemaguard.report.paths import from_root
from schemaguard.rule import Severity

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.DEPENDS: "info"}


def render(findings: Findings) -> str:
    """A list with an object for each finding."""
    reported = findings.reported
    issues = [
        {
            "type": "issue",
            "check_name": finding.rule,
            "description": told(finding),
            "categories": ["Compatibility"],
            "severity": _SEVERITIES[finding.severity],
            "fingerprint": fingerprint,
            "location": {
                "path": from_root(place.path),
                "lines": {"begin": place.line, "end": place.end_line},
            },
        }
        for finding, fingerprint in zip(reported, fingerprints(reported), strict=True)
        for place in (action_place(finding) or finding.place,)
    ]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"
