"""
A renamed column breaks the code that knows the old name.

## Why

The rename itself takes milliseconds. But code that is running asks for the old name
until its last process has ended, and new code for the new one from its first: one
column cannot have both.

## Instead

Keep the name in the database and map it in the code. Or have both columns for a while:
add the new one with a trigger that keeps the two in step, fill it in batches, release,
and drop the old one. `schemaguard split` writes these steps.
"""

from collections.abc import Iterator

from schemaguard.changes.rename_column import RenameColumn
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A renamed column that running code may need."""
    for change, broken in frame.breaking(RenameColumn, certain=True):
        yield Finding(
            message=f"{broken.by} fails: {change.column.text} is now called {change.new_name}",
            because=broken,
            advice="Keep both names in step for a while: `schemaguard split` writes the steps.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, mail text);",
    examples=(
        Bad("beside running code", "ALTER TABLE account RENAME COLUMN mail TO email;"),
        Bad("without the word COLUMN", "ALTER TABLE account RENAME mail TO email;"),
        Good(
            "a second column",
            "ALTER TABLE account ADD COLUMN email text;",
            ends_elsewhere="the old column goes in a later release",
        ),
        Good(
            "a column that nobody uses any more",
            "ALTER TABLE account RENAME COLUMN mail TO email;",
            phase=Phase.CONTRACT,
        ),
    ),
)
