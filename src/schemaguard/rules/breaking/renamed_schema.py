"""
A renamed schema breaks all code that knows a table by its old name.

## Why

Nothing is locked and nothing is moved, but every name in it is another from that moment:
queries that say `shop.item` fail, and a `search_path` that names the schema finds nothing
in it. Views and foreign keys follow; the bodies of functions do not.

## Instead

Keep the name. Or make a second schema, give it views of the tables under the new name, let
new code use them, and rename in a migration that declares `phase=contract`, when only new
code is left.
"""

from collections.abc import Iterator

from schemaguard.changes.rename_schema import RenameSchema
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """What running code knows under the old name."""
    for change, broken in frame.breaking(RenameSchema, certain=True):
        yield Finding(
            message=f"{broken.by} fails: {broken.needs} is in schema {change.new_name} now",
            because=broken,
            advice="Keep the name, or rename in a contract migration.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE SCHEMA shop; CREATE TABLE shop.item (id bigint PRIMARY KEY);",
    examples=(
        Bad("beside running code", "ALTER SCHEMA shop RENAME TO store;"),
        Good("after it", "ALTER SCHEMA shop RENAME TO store;", phase=Phase.CONTRACT),
    ),
)
