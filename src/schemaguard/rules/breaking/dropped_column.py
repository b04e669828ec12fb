"""
A dropped column breaks the code that still uses it.

## Why

The code that is running reads and writes the column until its last process has ended.
From the moment of the drop each such statement fails, and what the column held is gone.

## Instead

First release code that does not use the column. Drop it afterwards, in a migration
that declares `phase=contract`. If it is NOT NULL without a default, loosen it before
that code is released, so that its INSERTs are accepted.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_column import DropColumn
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A dropped column that running code may need."""
    for change, broken in frame.breaking(DropColumn, certain=True):
        yield Finding(
            message=f"{broken.by} fails: {change.column.text} is gone, and its data",
            because=broken,
            advice="Release code that does not use it first; drop it in a contract migration.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, fax text);",
    examples=(
        Bad("beside running code", "ALTER TABLE account DROP COLUMN fax;"),
        Good("after it", "ALTER TABLE account DROP COLUMN fax;", phase=Phase.CONTRACT),
    ),
)
