"""
What the rule finds, in one sentence of at most 80 characters.

## Why

Who breaks, who waits, or what is lost; with the lock's name, if it is one.

## Instead

What to do, and why PostgreSQL then does not mind. Each sentence that can be an example below must be one.
"""

from collections.abc import Iterator

from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """Which change, at which cost."""
    for change, scan in frame.each(SetNotNull, costing=Scan):
        yield Finding(
            message=f"reads all of {scan.table.text} for {change.column.name}",
            because=scan,
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="next",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad(
            "the way it is usually written",
            "",
        ),
        Good(
            "the way it should be written",
            "",
            phase=Phase.CONTRACT,
        ),
    ),
)
