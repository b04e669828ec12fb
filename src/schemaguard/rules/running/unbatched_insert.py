"""
A whole table is copied into another by one INSERT.

## Why

INSERT ... SELECT without WHERE writes all rows of one table to another in one transaction.
It grows with the table: its old snapshot keeps VACUUM from cleaning up, replicas lag
behind, each row is looked up for each foreign key, and if it fails near the end, all was
for nothing. Queries go on, but rows that are written to the source meanwhile are not copied.

## Instead

Copy in batches by key, each a transaction of its own, in a migration that declares
`phase=backfill`; a trigger copies what is written meanwhile.
"""

from collections.abc import Iterator

from schemaguard.changes.insert_rows import InsertRows
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """All rows of tables that code uses, into another that it uses."""
    if frame.phase is Phase.BACKFILL:
        return
    for change, scan in frame.each(InsertRows, costing=Scan):
        if change.whole and scan.table in change.reads and change.table not in frame.young:
            yield Finding(
                message=f"copies every row of {scan.table.text} into {change.table.text} in one transaction",
                because=scan,
                advice="Copy in batches by key, each a transaction of its own.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="""
    CREATE TABLE visit (id bigint PRIMARY KEY, at date);
    CREATE TABLE archive (id bigint PRIMARY KEY, at date);
    """,
    examples=(
        Bad("all at once", "INSERT INTO archive SELECT * FROM visit;"),
        Good("some of them", "INSERT INTO archive SELECT * FROM visit WHERE id BETWEEN 1 AND 1000;"),
        Good("in the backfill", "INSERT INTO archive SELECT * FROM visit;", phase=Phase.BACKFILL),
    ),
)
