"""
DROP DATABASE removes a database and all that is in it.

## Why

Every table of it is gone, and nothing short of a backup brings it back. It cannot run
inside of a transaction. It fails while anybody is connected to the database; with FORCE
they are thrown out. A new name stops all code that connects to the old one.

## Instead

Leave databases to those who provide them. If it has to be here, do it in a migration that
declares `phase=contract`, when nothing connects to the database any more.
"""

from collections.abc import Iterator

from schemaguard.changes.change_in_cluster import ChangeInCluster
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A database that somebody may be connected to."""
    for change, broken in frame.breaking(ChangeInCluster, certain=True):
        if change.kind == "database":
            yield Finding(
                message=f"{broken.by} fails: {broken.needs} is gone, or has another name",
                because=broken,
                advice="Do it in a contract migration, when nothing connects to it.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    examples=(
        Bad("with all in it", "DROP DATABASE IF EXISTS schemaguard_example;"),
        Good("after it", "DROP DATABASE IF EXISTS schemaguard_example;", phase=Phase.CONTRACT),
    ),
)
