"""
A changed policy lets running code see and write other rows.

## Why

Where row level security is enabled, the policies of a table say which rows each role sees
and may write. A new policy adds rows, or with AS RESTRICTIVE takes some away; without one
that was there, rows are missing from what queries return, silently, and INSERT and UPDATE
fail. Which of them running code needs cannot be seen in the migration. The statement itself
takes ACCESS EXCLUSIVE for a moment: reads and writes wait for it.

## Instead

Ask for each role which rows it sees and writes before and after. Add the policies that new
code needs first, and drop the old ones in a migration that declares `phase=contract`. To
replace one, ALTER POLICY does it without a moment in which there is none.
"""

from collections.abc import Iterator

from schemaguard.changes.change_policy import ChangePolicy
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A policy of a table that running code uses."""
    for change, broken in frame.breaking(ChangePolicy):
        yield Finding(
            message=f"policy {change.name} decides which rows of {change.table.text} code sees and writes;"
            " does running code count on those of before?",
            because=broken,
            advice="Drop or narrow policies in a contract migration, when only new code is left.",
        )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="0.1",
    given="""
        CREATE TABLE account (id int PRIMARY KEY, name text);
        CREATE POLICY own ON account USING (name = current_user);
    """,
    examples=(
        Bad("one that is gone", "DROP POLICY own ON account;"),
        Good("when only new code is left", "DROP POLICY own ON account;", phase=Phase.CONTRACT),
        Good(
            "another name",
            "ALTER POLICY own ON account RENAME TO mine;",
            ends_elsewhere="the policy is still there",
        ),
    ),
)
