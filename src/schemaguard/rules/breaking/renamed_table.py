"""
A renamed table breaks the code that knows the old name.

## Why

Code that is running asks for the old name until its last process has ended. No moment
suits both versions.

## Instead

Keep the name and map it in the code. Or give new code a view of the new name over the
old table, and rename in a migration that declares `phase=contract`, when only new
code is left.
"""

from collections.abc import Iterator

from schemaguard.changes.rename_table import RenameTable
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A renamed table that running code may need."""
    for change, broken in frame.breaking(RenameTable, certain=True):
        yield Finding(
            message=f"{broken.by} fails: {change.table.text} is now called {change.new_name}",
            because=broken,
            advice="Keep the name and map it in the code, or rename in a contract migration.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("beside running code", "ALTER TABLE account RENAME TO customer;"),
        Good("after it", "ALTER TABLE account RENAME TO customer;", phase=Phase.CONTRACT),
    ),
)
