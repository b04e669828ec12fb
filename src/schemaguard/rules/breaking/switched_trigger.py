"""
What a trigger does for running code, it no longer does when it is off or gone.

## Why

DISABLE TRIGGER and DROP TRIGGER take effect at once, for everybody: what the trigger checked,
filled in or kept in step is not done any longer, and rows that are written meanwhile stay as
they are. DROP TRIGGER stops every query while it waits, DISABLE only those that write.
DISABLE TRIGGER ALL also switches off the foreign keys: rows without a parent are accepted,
and nobody looks at them later.

## Instead

Drop the trigger when no code counts on it. To load rows without triggers, set
`session_replication_role = replica` in the session that loads, which nobody else notices.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_trigger import DropTrigger
from schemaguard.changes.switch_trigger import SwitchTrigger
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A trigger or rule that is switched off, or a trigger that is dropped."""
    for kind in (SwitchTrigger, DropTrigger):
        for _, broken in frame.breaking(kind):
            yield Finding(
                message=f"code that uses the whole schema fails: it needs {broken.needs}",
                because=broken,
                severity=None if broken.certain else Severity.DEPENDS,
                advice="Switch it off, or drop it, in a contract migration.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
CREATE TABLE account (id bigint PRIMARY KEY);
    """,
    examples=(
        Bad("with the foreign keys", "ALTER TABLE account DISABLE TRIGGER ALL;"),
        Good("it has none of its own", "ALTER TABLE account DISABLE TRIGGER USER;"),
        Good("when no code counts on it", "ALTER TABLE account DISABLE TRIGGER ALL;", phase=Phase.CONTRACT),
    ),
)
