"""
Row level security without a policy hides all rows from running code.

## Why

ENABLE ROW LEVEL SECURITY takes effect at once. From then on a role that is not the owner
sees and writes only what a policy allows; without any policy that is nothing, and no error
says so: queries come back empty. FORCE makes it count for the owner, too.

## Instead

Create the policies first, for all roles that running code uses, in the same transaction.
"""

from collections.abc import Iterator

from schemaguard.changes.row_security import RowSecurity
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """Policies that decide from now on, or that are missing."""
    for kind in (RowSecurity,):
        for _, broken in frame.breaking(kind):
            yield Finding(
                message=f"code that uses the whole schema fails: it needs {broken.needs}",
                because=broken,
                severity=None if broken.certain else Severity.DEPENDS,
                advice="Create policies for the roles of running code first.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
CREATE TABLE account (id bigint PRIMARY KEY, owner text);
    """,
    examples=(
        Bad("without a policy", "ALTER TABLE account ENABLE ROW LEVEL SECURITY;"),
        Good("no policy is asked", "ALTER TABLE account NO FORCE ROW LEVEL SECURITY;"),
    ),
)
