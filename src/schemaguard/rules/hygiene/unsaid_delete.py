"""
A foreign key does not say what becomes of its rows when the other row goes.

## Why

NO ACTION is what it then comes to: the DELETE is refused. Often nobody has decided that,
and who first deletes an account in production finds it out. To change it later takes a
new constraint, which has to be validated.

## Instead

Decide, and write it down: ON DELETE NO ACTION or RESTRICT, SET NULL, or CASCADE.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.made import constraints
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import ForeignKey


def check(frame: Frame) -> Iterator[Finding]:
    """A new foreign key without ON DELETE."""
    for table, key in constraints(frame, ForeignKey):
        if not key.on_delete:
            yield Finding(
                message=f"{key.name} does not say what becomes of rows of {table.text} when one of"
                f" {key.target.text} is deleted",
                because=Wording("no ON DELETE"),
                advice="Say ON DELETE and one of NO ACTION, RESTRICT, SET NULL, SET DEFAULT or CASCADE.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("nothing said", "CREATE TABLE visit (id bigint PRIMARY KEY, account bigint REFERENCES account);"),
        Good(
            "what it comes to, said",
            """
            CREATE TABLE visit (
                id bigint PRIMARY KEY, account bigint REFERENCES account ON DELETE NO ACTION
            );
            """,
        ),
    ),
)
