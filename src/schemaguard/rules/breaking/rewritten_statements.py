"""
A rewrite rule makes running code's statements do something else.

## Why

From the moment in which CREATE RULE commits, PostgreSQL rewrites the statements of everybody:
with DO INSTEAD it does the rule's actions and not what was asked for, and tells the client of
other numbers of rows; with DO ALSO it does more. A table with a rule on INSERT or UPDATE no
longer takes INSERT ... ON CONFLICT or MERGE at all. A rule that is dropped no longer does for
running code what it did. CREATE RULE and DROP RULE take ACCESS EXCLUSIVE for a moment.

## Instead

Write a trigger: it sees each row once, and leaves the statement and its answer alone. Make or
drop rules in a migration that declares `phase=contract`, when only code is left that knows of it.
"""

from collections.abc import Iterator

from schemaguard.changes.change_rule import ChangeRule
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A rule of a table or view that running code uses."""
    for change, broken in frame.breaking(ChangeRule):
        yield Finding(
            message=f"rule {change.name} rewrites statements on {change.table.text}:"
            f" {broken.needs} is no longer what it was",
            because=broken,
            severity=None if broken.certain else Severity.DEPENDS,
            advice="Use a trigger, or change rules in a contract migration.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
        CREATE TABLE account (id int PRIMARY KEY, name text);
        CREATE TABLE history (id int);
        CREATE RULE told AS ON UPDATE TO account DO ALSO NOTIFY account;
    """,
    examples=(
        Bad(
            "something else is done",
            "CREATE RULE kept AS ON DELETE TO account DO INSTEAD INSERT INTO history VALUES (OLD.id);",
        ),
        Good(
            "when only new code is left",
            "CREATE RULE kept AS ON DELETE TO account DO INSTEAD INSERT INTO history VALUES (OLD.id);",
            phase=Phase.CONTRACT,
        ),
        Good(
            "another name",
            "ALTER RULE told ON account RENAME TO notified;",
            ends_elsewhere="it makes no rule",
        ),
    ),
)
