"""
A published table without a replica identity takes no UPDATE and no DELETE.

## Why

A subscriber has to know which row was changed. Where the table is in a publication that
sends updates and deletes, and REPLICA IDENTITY is NOTHING, or DEFAULT without a primary
key, PostgreSQL refuses these statements of running code from then on.

## Instead

Keep the primary key, or a unique index over NOT NULL columns, as the identity:
`REPLICA IDENTITY USING INDEX`. FULL works without any, and is slow.
"""

from collections.abc import Iterator

from schemaguard.changes.replica_identity import ReplicaIdentity
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """An identity by which no row can be known."""
    for change, broken in frame.breaking(ReplicaIdentity):
        yield Finding(
            message=f"if {change.table.text} is published, UPDATE and DELETE of it fail",
            because=broken,
            advice="Name a unique index with REPLICA IDENTITY USING INDEX.",
        )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("none at all", "ALTER TABLE account REPLICA IDENTITY NOTHING;"),
        Good("by the primary key", "ALTER TABLE account REPLICA IDENTITY USING INDEX account_pkey;"),
    ),
)
