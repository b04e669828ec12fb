"""Findings as commands of a GitHub workflow: they stand beside the lines of the pull request."""

from collections.abc import Iterator

from schemaguard.lint import Reported
from schemaguard.report.excerpt import action_place
from schemaguard.report.findings import Findings, told
from schemaguard.report.paths import from_root
from schemaguard.rule import Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.DEPENDS: "notice"}


def render(findings: Findings) -> str:
    """A command a line, and how many there are."""
    return "".join(f"{line}\n" for line in (*map(_command, findings.reported), findings.total))


def _command(finding: Reported) -> str:
    values = ",".join(f"{name}={_value(str(value))}" for name, value in _values(finding))
    return f"::{_COMMANDS[finding.severity]} {values}::{_text(told(finding))}"


def _values(finding: Reported) -> Iterator[tuple[str, str | int]]:
    place = action_place(finding) or finding.place
    yield "title", f"schemaguard {finding.rule}"
    yield "file", from_root(place.path)
    yield "line", place.line
    yield "endLine", place.end_line
    if place.line == place.end_line:  # Else there are no columns.
        yield "col", place.column
        yield "endColumn", place.end_column


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
