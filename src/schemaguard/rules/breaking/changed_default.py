"""
Another default changes what the INSERTs of running code mean.

## Why

An INSERT that leaves the column out gets the new default, or NULL where there is none
any more; where the column is NOT NULL it is refused. The running code counts on the
old one.

## Instead

Let new code write the column itself, and change the default in a migration that
declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_default import DropDefault
from schemaguard.changes.set_default import SetDefault
from schemaguard.changes.set_domain_default import SetDomainDefault
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A default that running code may count on."""
    for kind in (SetDefault, DropDefault, SetDomainDefault):
        for _, broken in frame.breaking(kind):
            yield Finding(
                message=f"{broken.by} needs {broken.needs}",
                because=broken,
                severity=None if broken.certain else Severity.DEPENDS,
                advice="Let new code write the column itself; change the default in a contract migration.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'new');",
    examples=(
        Bad(
            "no default where NULL is refused",
            "ALTER TABLE account ALTER COLUMN state DROP DEFAULT;",
        ),
        Good(
            "when all code writes the column itself",
            "ALTER TABLE account ALTER COLUMN state DROP DEFAULT;",
            phase=Phase.CONTRACT,
        ),
    ),
)
