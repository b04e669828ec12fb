"""
A role gets powers over the whole server, or past its rules.

## Why

A superuser is asked for no privilege, and reads and writes files of the server. BYPASSRLS
sees the rows of all tenants, REPLICATION copies the whole server, CREATEROLE makes roles;
a member of `pg_execute_server_program` can become all of it. What a migration gives it
gives in every environment, and no later migration looks whether it is still needed.

## Instead

Grant the privileges that are needed, on the tables for which they are needed. Powers of
this kind belong to those who run the server, outside of migrations.
"""

from collections.abc import Iterator

from schemaguard.changes.change_in_cluster import ChangeInCluster
from schemaguard.changes.change_membership import ChangeMembership
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

_OPTIONS = ("superuser", "bypassrls", "replication", "createrole")
#: Roles whose members can get at all that the server's own user can, by their own power or on hosted servers.
_ROLES = (
    "pg_execute_server_program",
    "pg_read_server_files",
    "pg_write_server_files",
    "rds_superuser",
    "cloudsqlsuperuser",
    "azure_pg_admin",
)


def check(frame: Frame) -> Iterator[Finding]:
    """A role that is made so, or becomes a member of one that is."""
    for effect in frame.effects:
        match effect.change:
            case ChangeInCluster(kind="role", name=role, what=options):
                given = [option.upper() for option in options if option in _OPTIONS]
            case ChangeMembership(roles=roles, members=members, revoke=False):
                role, given = ", ".join(members), [one for one in roles if one in _ROLES]
            case _:
                continue
        if given:
            yield Finding(
                message=f"role {role} gets {', '.join(given)}, in every environment",
                because=Wording(", ".join(given)),
                advice="Grant the privileges that are needed, and leave this to those who run the server.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad(
            "a superuser",
            "CREATE ROLE schemaguard_e3 SUPERUSER; DROP ROLE schemaguard_e3;",
            phase=Phase.CONTRACT,
        ),
        Bad(
            "by membership",
            """
            CREATE ROLE schemaguard_e3;
            GRANT pg_execute_server_program TO schemaguard_e3;
            DROP ROLE schemaguard_e3;
            """,
            phase=Phase.CONTRACT,
        ),
        Good(
            "none",
            "CREATE ROLE schemaguard_e3 NOSUPERUSER LOGIN; DROP ROLE schemaguard_e3;",
            phase=Phase.CONTRACT,
        ),
    ),
)
