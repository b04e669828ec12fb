"""
A dropped schema takes all that is in it away from running code.

## Why

DROP SCHEMA ... CASCADE drops every table, view, type and function of the schema, and what
elsewhere rests on them: views, foreign keys, columns of its types. Each table is locked
with ACCESS EXCLUSIVE, and so is the other end of each foreign key, all in one transaction.
The statement names none of them. Without CASCADE only an empty schema can go.

## Instead

Release code that does not use the schema, wait until no older code is left, and drop its
tables by their names and then the empty schema, in a migration that declares
`phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_schema import DropSchema
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """What running code may need of the schema."""
    for change, broken in frame.breaking(DropSchema):
        yield Finding(
            message=f"{broken.by} fails: {broken.needs} goes with schema {change.name}"
            if broken.certain
            else f"takes away {broken.needs}; does running code use any of it?",
            because=broken,
            severity=None if broken.certain else Severity.DEPENDS,
            advice="Drop its tables by their names, in a contract migration, and then the empty schema.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE SCHEMA shop; CREATE TABLE shop.item (id bigint PRIMARY KEY);",
    examples=(
        Bad("with all in it", "DROP SCHEMA shop CASCADE;"),
        Good("after it", "DROP TABLE shop.item; DROP SCHEMA shop;", phase=Phase.CONTRACT),
        Good(
            "one that the same release made",
            "CREATE SCHEMA scratch; CREATE TABLE scratch.a (id bigint); DROP SCHEMA scratch CASCADE;",
            ends_elsewhere="it is about another schema",
        ),
    ),
)
