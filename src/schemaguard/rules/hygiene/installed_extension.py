"""
CREATE EXTENSION needs files and rights that a migration may not have.

## Why

The extension's files have to be on every server that the migration will ever meet: each
developer's, the tests', the standby that takes over. Unless the extension is trusted, only
a superuser can install it, and hosted servers have lists of their own. Where it cannot be
installed the migration stops there.

## Instead

Have those who provide the database install it, with the version written down beside the
server's own. The migration may then ask for it with `IF NOT EXISTS`.
"""

from collections.abc import Iterator

from schemaguard.changes.create_extension import CreateExtension
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """An extension that has to be installed here."""
    for effect in frame.effects:
        change = effect.change
        if isinstance(change, CreateExtension) and not change.if_not_exists:
            yield Finding(
                message=f"installs extension {change.name}: are its files there, and may this role do it?",
                because=Wording("CREATE EXTENSION"),
                advice="Leave it to those who provide the database, and say IF NOT EXISTS here.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("here", "DROP EXTENSION IF EXISTS plpgsql; CREATE EXTENSION plpgsql;", phase=Phase.CONTRACT),
        Good("where it is missing", "CREATE EXTENSION IF NOT EXISTS plpgsql;"),
    ),
)
