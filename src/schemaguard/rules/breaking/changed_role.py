"""
A role that is dropped, renamed or shut out stops code that logs in as it.

## Why

Sessions that are open go on; new ones of the role fail, so that a pool of connections
dries up slowly. A new name also clears a password that was stored as MD5. DROP ROLE
is refused while the role owns anything or was granted anything, in any database.

## Instead

Make a second role, grant it the same, and let new code log in as it. Drop the old one in
a migration that declares `phase=contract`, after REASSIGN OWNED and DROP OWNED in each
database.
"""

from collections.abc import Iterator

from schemaguard.changes.change_in_cluster import ChangeInCluster
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A role with which running code may log in."""
    for change, broken in frame.breaking(ChangeInCluster):
        if change.kind == "role":
            yield Finding(
                message=f"ends {broken.needs}; does running code log in so?",
                because=broken,
                advice="Let new code log in as a second role first; change this one in a contract migration.",
            )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="0.1",
    examples=(
        Bad("dropped", "DROP ROLE IF EXISTS schemaguard_example;"),
        Bad(
            "shut out",
            "CREATE ROLE schemaguard_e1; ALTER ROLE schemaguard_e1 NOLOGIN; DROP ROLE schemaguard_e1;",
        ),
        Good("after it", "DROP ROLE IF EXISTS schemaguard_example;", phase=Phase.CONTRACT),
        Good(
            "given more",
            "CREATE ROLE schemaguard_e2; ALTER ROLE schemaguard_e2 LOGIN; DROP ROLE schemaguard_e2;",
            phase=Phase.CONTRACT,
        ),
    ),
)
