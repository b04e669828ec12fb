"""Findings for systems that show the results of tests."""

from xml.etree import ElementTree as ET

from schemaguard.lint import Reported
from schemaguard.report.excerpt import action_place
from schemaguard.report.findings import Findings, told
from schemaguard.report.junit_xml import document, plain
from schemaguard.report.paths import from_root


def render(findings: Findings) -> str:
    """A suite for each migration, and in it a case for each finding; one that is clean has one case.

    What makes the exit code 1 is a failure, what could not be read an error; what is milder passes.
    """
    suites = ET.Element("testsuites", name="schemaguard lint")
    made: dict[str, ET.Element] = {}
    for path in findings.paths:
        made[path] = ET.SubElement(suites, "testsuite", name=plain(from_root(path)))
    for finding in findings.reported:
        _case(made[finding.place.path], finding, fails=findings.fails(finding))
    for path, suite in made.items():
        if len(suite) == 0:
            ET.SubElement(suite, "testcase", classname=plain(from_root(path)), name="clean", time="0")
    return document(suites) + "\n"


def _case(suite: ET.Element, finding: Reported, *, fails: bool) -> None:
    place = action_place(finding) or finding.place
    path = plain(from_root(place.path))
    case = ET.SubElement(
        suite,
        "testcase",
        classname=path,
        name=f"{finding.rule} at {place.line}:{place.column}",
        file=path,
        line=str(place.line),
        time="0",
    )
    text = plain(
        f"{path}:{place.line}:{place.column}: {finding.severity.value} {finding.rule}\n{told(finding)}"
    )
    if not fails:
        ET.SubElement(case, "system-out").text = text
        return
    found = ET.SubElement(
        case, "error" if finding.rule == "unread" else "failure", message=plain(finding.message)
    )
    found.set("type", finding.rule)
    found.text = text
