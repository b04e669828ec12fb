"""
A revoked privilege stops code that runs as that role.

## Why

The next statement of a session that needs the privilege fails with "permission denied",
also in sessions that are open. REVOKE ... FROM PUBLIC takes it from every role that was
not granted it by name, and the owner of an object can revoke even his own. It locks
nothing that queries wait for.

## Instead

Find out as which role running code logs in, and what that role is a member of. Grant
what it needs by name first, then revoke; or revoke in a migration that declares
`phase=contract`, when no code needs the privilege any more.
"""

from collections.abc import Iterator

from schemaguard.changes.change_membership import ChangeMembership
from schemaguard.changes.revoke import Revoke
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """Privileges or memberships that running code may rest on."""
    for kind in (Revoke, ChangeMembership):
        for change, broken in frame.breaking(kind):
            tables = change.privileges.tables if isinstance(change, Revoke) else ()
            if not tables or set(tables) - frame.young:
                yield Finding(
                    message=f"takes away {broken.needs}; does running code rest on it?",
                    because=broken,
                    advice="Grant by name what code needs, then revoke; or do it in a contract migration.",
                )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("from everybody", "REVOKE ALL ON account FROM PUBLIC;"),
        Bad("on many objects", "REVOKE SELECT ON ALL TABLES IN SCHEMA public FROM PUBLIC CASCADE;"),
        Good("after it", "REVOKE ALL ON account FROM PUBLIC;", phase=Phase.CONTRACT),
        Good("the right to grant", "REVOKE GRANT OPTION FOR SELECT ON account FROM CURRENT_USER;"),
    ),
)
