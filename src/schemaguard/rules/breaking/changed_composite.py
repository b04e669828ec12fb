"""
A composite type with other attributes breaks the code that knows the old ones.

## Why

Code that reads or writes `(value).street`, or whole values, knows the attributes and
their order. A dropped or renamed one is missed at once, in all rows; one that is added
stands at the end of every value. No table is read or written anew, and what a dropped
attribute held is gone. Tables that are OF the type change with it under an ACCESS
EXCLUSIVE lock.

## Instead

Make a second type and a column of it, fill it in batches, and drop the old one when only
new code is left. Or change the type in a migration that declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.add_attribute import AddAttribute
from schemaguard.changes.change_attribute import ChangeAttribute
from schemaguard.changes.drop_attribute import DropAttribute
from schemaguard.changes.rename_attribute import RenameAttribute
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """An attribute that is new, gone, or another."""
    for kind in (AddAttribute, ChangeAttribute, DropAttribute, RenameAttribute):
        for _, broken in frame.breaking(kind):
            yield Finding(
                message=f"{broken.by} needs {broken.needs}"
                if broken.certain
                else f"takes away {broken.needs}; does running code count on that?",
                because=broken,
                severity=None if broken.certain else Severity.DEPENDS,
                advice="Make a second type and column, or change it in a contract migration.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
        CREATE TYPE address AS (street text, city text);
        CREATE TABLE person (id bigint PRIMARY KEY, home address);
    """,
    examples=(
        Bad("an attribute is gone", "ALTER TYPE address DROP ATTRIBUTE city;"),
        Bad(
            "for a moment only",
            "ALTER TYPE address RENAME ATTRIBUTE street TO road; ALTER TYPE address"
            " RENAME ATTRIBUTE road TO street; ALTER TYPE address DROP ATTRIBUTE city;",
        ),
        Good(
            "when no code uses it",
            "ALTER TYPE address DROP ATTRIBUTE city;",
            phase=Phase.CONTRACT,
        ),
    ),
)
