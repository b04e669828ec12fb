"""
A renamed enum value breaks the code that knows the old spelling.

## Why

`ALTER TYPE ... RENAME VALUE` locks no table and is done at once, in all rows. From that
moment each literal with the old spelling in running code is refused (22P02), and each
row read has a value that the code does not know.

## Instead

Add the new value beside the old one. Release code that reads both and writes the new
one, then move the rows over in batches. The old value can stay: nobody has to use it. Or
rename it in a migration that declares `phase=contract`, when only code is left that
copes with both.
"""

from collections.abc import Iterator

from schemaguard.changes.rename_enum_value import RenameEnumValue
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A renamed value that running code may write or compare with."""
    for change, broken in frame.breaking(RenameEnumValue):
        yield Finding(
            message=f"{broken.by} fails: '{change.value}' of {change.type.text} is now '{change.new}'",
            because=broken,
            advice="Add the new value, release code that knows both, and move the rows over.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TYPE mood AS ENUM ('sad', 'happy');",
    examples=(
        Bad("beside running code", "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';"),
        Good("after it", "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';", phase=Phase.CONTRACT),
        Good(
            "a value more",
            "ALTER TYPE mood ADD VALUE 'blue' BEFORE 'sad';",
            ends_elsewhere="the old value stays",
        ),
    ),
)
