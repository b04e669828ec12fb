"""
ON DELETE CASCADE deletes rows that no statement names.

## Why

One DELETE takes along the rows that point to it, and those that point to them, through as
many tables as there are such keys: in one transaction, without a word to the one who
typed it. What is gone so is gone for good, and where a key has no index each row reads a
whole table.

## Instead

Say NO ACTION or RESTRICT, and let the code delete what it means to delete. Where the rows
are nothing without the other one, as the lines of an order, CASCADE is right: allow it there.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.made import constraints
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import ForeignKey


def check(frame: Frame) -> Iterator[Finding]:
    """A new foreign key that deletes."""
    for table, key in constraints(frame, ForeignKey):
        if key.on_delete == "CASCADE":
            yield Finding(
                message=f"a DELETE in {key.target.text} also deletes rows of {table.text}",
                because=Wording("ON DELETE CASCADE"),
                advice="Say NO ACTION or RESTRICT, unless the rows are nothing without the other one.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "with the account go its visits",
            "CREATE TABLE visit (id int PRIMARY KEY, account bigint REFERENCES account ON DELETE CASCADE);",
        ),
        Good(
            "an account with visits stays",
            "CREATE TABLE visit (id int PRIMARY KEY, account bigint REFERENCES account ON DELETE RESTRICT);",
        ),
    ),
)
