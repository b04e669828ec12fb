"""
ALTER SYSTEM changes a setting of the whole server, for all its databases.

## Why

It writes to `postgresql.auto.conf`, takes effect with the next reload or restart, whoever
causes it, and wins over what the operators wrote in `postgresql.conf`. It needs a
superuser or a granted parameter, cannot run inside of a transaction, and no rollback
takes it back. Hosted servers refuse it.

## Instead

Keep a server's settings where its operators keep them. For one application there are
ALTER DATABASE ... SET and ALTER ROLE ... SET, which new sessions follow.
"""

from collections.abc import Iterator

from schemaguard.changes.change_in_cluster import ChangeInCluster
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A setting of the server."""
    for effect in frame.effects:
        match effect.change:
            case ChangeInCluster(kind="setting", name=name):
                yield Finding(
                    message=f"changes {name or 'all settings'} of the whole server, for all its databases",
                    because=Wording("ALTER SYSTEM"),
                    advice="ALTER DATABASE ... SET or ALTER ROLE ... SET touch this application alone.",
                )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("for all", "ALTER SYSTEM SET work_mem = '8MB'; ALTER SYSTEM RESET work_mem;"),
        Good(
            "for one role",
            "ALTER ROLE CURRENT_USER SET work_mem = '8MB'; ALTER ROLE CURRENT_USER RESET work_mem;",
        ),
    ),
)
