"""
What is granted to PUBLIC every role may do, also those that are made next year.

## Why

PUBLIC is no role that anybody chose to trust: each role of the server is part of it, and
cannot leave. A reporting role, or one that was made for a contractor, gets the privilege
too.

## Instead

Make a role for those who need it, grant to that, and make others its members.
"""

from collections.abc import Iterator

from schemaguard.changes.default_privileges import DefaultPrivileges
from schemaguard.changes.grant import Grant
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A grant to everybody."""
    for effect in frame.effects:
        match effect.change:
            case Grant(privileges=what, roles=roles) if "public" in roles:
                said = str(what)
            case DefaultPrivileges(kind=kind, roles=roles, revoke=False) if "public" in roles:
                said = f"what is to come of {kind}"
            case _:
                continue
        yield Finding(
            message=f"grants {said} to every role there is or will be",
            because=Wording("PUBLIC"),
            advice="Grant it to a role, and make others its members.",
        )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("to everybody", "GRANT SELECT ON account TO PUBLIC;"),
        Good("to one role", "GRANT SELECT ON account TO CURRENT_USER;"),
    ),
)
