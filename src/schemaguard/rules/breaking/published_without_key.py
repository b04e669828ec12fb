"""
In a published table without a primary key, UPDATE and DELETE fail.

## Why

A publication that sends UPDATE and DELETE has to tell subscribers which row it was. It
takes the table's replica identity for that: the primary key, unless ALTER TABLE ... REPLICA
IDENTITY said otherwise. Where there is none, every UPDATE and DELETE of running code is
refused from that moment: "cannot update table ... because it does not have a replica
identity and publishes updates". INSERT goes on. It needs `wal_level = logical` to matter,
and comes the day that is switched on.

## Instead

Give the table a primary key first, or say `REPLICA IDENTITY USING INDEX` with a unique
index of columns that are NOT NULL. Or publish inserts alone: `WITH (publish = 'insert')`.
"""

from collections.abc import Iterator

from schemaguard.changes.publish_tables import PublishTables
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A table that is published from now on, and has no primary key that we know of."""
    for change, broken in frame.breaking(PublishTables):
        yield Finding(
            message=f"{broken.needs} may fail from now on: publication {change.name} cannot name its rows"
            " without a primary key, unless its REPLICA IDENTITY says how",
            because=broken,
            advice="Add a primary key first, or ALTER TABLE ... REPLICA IDENTITY USING INDEX.",
        )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="0.1",
    given="CREATE TABLE visit (at date); CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("by name", "CREATE PUBLICATION feed FOR TABLE visit;"),
        Bad("among all", "CREATE PUBLICATION feed FOR ALL TABLES;"),
        Good("with a primary key", "CREATE PUBLICATION feed FOR TABLE account;"),
        Good("inserts alone", "CREATE PUBLICATION feed FOR TABLE visit WITH (publish = 'insert');"),
    ),
)
