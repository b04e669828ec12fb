"""
A default partition makes each further partition read it.

## Why

It takes what no other partition takes. Before a new partition is attached or created,
PostgreSQL locks the default one against everybody and reads all of it, for rows that
would have to be elsewhere; if there are any, it refuses. And beside a default partition
no other one can be detached CONCURRENTLY.

## Instead

Make partitions ahead of time, and let a row that fits none of them be an error. Where there
must be a default one, give it a CHECK that excludes the new bounds before they come.
"""

from collections.abc import Iterator

from schemaguard.changes.attach_partition import AttachPartition
from schemaguard.changes.create_table import CreateTable
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A partition for all that is left."""
    for effect in frame.effects:
        match effect.change:
            case (
                CreateTable(table=table, bound="DEFAULT") | AttachPartition(partition=table, bound="DEFAULT")
            ):
                yield Finding(
                    message=f"{table.text} is read whole, and locked, for each partition that comes after it",
                    because=Wording("DEFAULT"),
                    advice="Make partitions ahead of time, and none for the rest.",
                )
            case _:
                pass


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad(
            "for the rest",
            """
            CREATE TABLE visit (id bigint, began date) PARTITION BY RANGE (began);
            CREATE TABLE visit_rest PARTITION OF visit DEFAULT;
            """,
        ),
        Good(
            "for a year",
            """
            CREATE TABLE visit (id bigint, began date) PARTITION BY RANGE (began);
            CREATE TABLE visit_2027 PARTITION OF visit FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
            """,
            ends_elsewhere="it is another partition",
        ),
    ),
)
