"""
Code that is running does not find a table that moved to another schema.

## Why

SET SCHEMA takes effect at once. Views and foreign keys follow the table; running code does
not, for it names the old schema or looks along its search_path, and fails until it is
deployed anew.

## Instead

Leave a view of the old name behind in the same transaction, and drop it when no code uses
it; or move the table when no code that knows the old schema runs.
"""

from collections.abc import Iterator

from schemaguard.changes.set_schema import SetSchema
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A table that is not where it was."""
    for kind in (SetSchema,):
        for _, broken in frame.breaking(kind):
            yield Finding(
                message=f"code that uses the whole schema fails: it needs {broken.needs}",
                because=broken,
                severity=None if broken.certain else Severity.DEPENDS,
                advice="Move it in a contract migration, or leave a view behind.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
CREATE SCHEMA shop;
    CREATE TABLE account (id bigint PRIMARY KEY);
    """,
    examples=(
        Bad("beside running code", "ALTER TABLE account SET SCHEMA shop;"),
        Good("when no code looks there", "ALTER TABLE account SET SCHEMA shop;", phase=Phase.CONTRACT),
    ),
)
