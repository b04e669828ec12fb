"""Findings as SARIF 2.1.0, which GitHub's code scanning and editors read."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from schemaguard import __version__
from schemaguard.explain import BUILT_IN, page
from schemaguard.lint import Reported
from schemaguard.report.excerpt import action_place
from schemaguard.report.findings import Findings, fingerprints, told
from schemaguard.report.paths import from_root
from schemaguard.rule import Severity
from schemaguard.rules import all_rules
from schemaguard.text import Place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.DEPENDS: "note"}


def render(findings: Findings) -> str:
    """One run."""
    firsts: dict[str, Reported] = {}
    for finding in findings.reported:
        firsts.setdefault(finding.rule, finding)
    places = {name: place for place, name in enumerate(firsts)}
    results = [
        _result(finding, places[finding.rule], fingerprint)
        for finding, fingerprint in zip(findings.reported, fingerprints(findings.reported), strict=True)
    ]
    notes = [{"level": "note", "message": {"text": note}} for note in findings.notes]
    run = {
        "tool": {
            "driver": {
                "name": "schemaguard",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(first) for first in firsts.values()],
            }
        },
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return (
        json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)
        + "\n"
    )


def _rule(first: Reported) -> dict[str, Any]:
    """What there is to say of the rule of a finding."""
    named = next((named for named in all_rules() if named.name == first.rule), None)
    if named is not None:
        summary, text, severity = named.summary, page(named), named.rule.severity
    else:
        text, severity = f"# {first.rule}\n\n{BUILT_IN[first.rule]}", first.severity
        summary = " ".join(BUILT_IN[first.rule].split("\n\n", 1)[0].split())
    return {
        "id": first.rule,
        "shortDescription": {"text": summary},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {"tags": [first.family]},
    }


def _result(finding: Reported, index: int, fingerprint: str) -> dict[str, Any]:
    place = action_place(finding) or finding.place
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": told(finding)},
        "locations": [{"physicalLocation": _physical(place)}],
        "partialFingerprints": {"schemaguard/v1": fingerprint},
        "properties": {
            "severity": finding.severity.value,
            "revision": finding.revision,
            "sql": finding.sql or None,
        },
    }
    if related := list(_related(finding, place)):
        result["relatedLocations"] = related
    return result


def _related(finding: Reported, shown: Place) -> Iterator[dict[str, Any]]:
    """The whole statement, and the lines of Python that led to it, where the finding is not there itself."""
    others = [("the whole statement", finding.place)] if shown != finding.place else []
    others += [("sent from here", place) for place in finding.through]
    for number, (message, place) in enumerate(others, start=1):
        yield {"id": number, "message": {"text": message}, "physicalLocation": _physical(place)}


def _physical(place: Place) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": place.line, "startColumn": place.column}
    if (place.end_line, place.end_column) > (place.line, place.column):
        region |= {"endLine": place.end_line, "endColumn": place.end_column}
    path = from_root(place.path)
    uri = quote(path) if not path.startswith("/") else f"file://{quote(path)}"
    return {"artifactLocation": {"uri": uri}, "region": region}
