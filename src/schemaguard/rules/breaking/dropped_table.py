"""
A dropped table breaks the code that still uses it.

## Why

Each statement of running code that names the table fails from that moment, and its
rows are gone. Tables that it refers to by foreign keys are locked as well.

## Instead

Release code that does not use the table, wait until no older code is left, and drop
the table then, in a migration that declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_table import DropTable
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A dropped table that running code may need."""
    for change, broken in frame.breaking(DropTable, certain=True):
        yield Finding(
            message=f"{broken.by} fails: {change.table.text} is gone, and its rows",
            because=broken,
            advice="Release code that does not use it first; drop it in a contract migration.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE newsletter (id bigint PRIMARY KEY);",
    examples=(
        Bad("beside running code", "DROP TABLE newsletter;"),
        Good("after it", "DROP TABLE newsletter;", phase=Phase.CONTRACT),
        Good(
            "one that the same release made",
            "CREATE TABLE scratch (id bigint); DROP TABLE scratch; ",
            ends_elsewhere="it is about another table",
        ),
    ),
)
