"""
An UPDATE of a whole table in one transaction holds every row until it ends.

## Why

Each row that is updated stays locked to the end of the transaction: writers wait for
it, row after row, and the table and its indexes grow to about twice their size. If it
fails near the end, all was for nothing.

## Instead

Move the data in small batches, each a transaction of its own: `schemaguard split`
makes a backfill of it, and `schemaguard apply --phase backfill` runs it.
"""

from collections.abc import Iterator

from schemaguard.changes.update_rows import UpdateRows
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """An UPDATE that reads the whole table, outside a backfill."""
    if frame.phase is Phase.BACKFILL:
        return
    for change, scan in frame.each(UpdateRows, costing=Scan):
        if scan.table == change.table:
            yield Finding(
                message=f"holds every row that it updates in {scan.table.text} until it ends",
                because=scan,
                advice="Move the data in batches: `schemaguard split` makes a backfill of it.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, country text);",
    examples=(
        Bad("all rows", "UPDATE account SET country = 'CH';"),
        Bad("those without a value", "UPDATE account SET country = 'CH' WHERE country IS NULL;"),
        Good("one row", "UPDATE account SET country = 'CH' WHERE id = 1;"),
        Good("in the backfill", "UPDATE account SET country = 'CH';", phase=Phase.BACKFILL),
    ),
)
