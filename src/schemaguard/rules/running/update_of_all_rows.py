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

from schemaguard.changes.merge_rows import MergeRows
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.costs import Scan
from schemaguard.pinned import limited
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

#: So many rows are soon written.
_BATCH = 50_000


def check(frame: Frame) -> Iterator[Finding]:
    """An UPDATE that reads the whole table, outside a backfill; under a lock, scan-under-lock tells of it."""
    if frame.phase is Phase.BACKFILL:
        return
    updated = [
        (change.table, scan)
        for change, scan in frame.each(UpdateRows, costing=Scan)
        if not _is_batch(frame, change)
    ]
    merged = [(change.table, scan) for change, scan in frame.each(MergeRows, costing=Scan) if change.updates]
    for table, scan in updated + merged:
        own = scan.table in (table, *frame.before.descendants(table))
        if own and not scan.under.stops_writes:
            triggers = sorted(frame.before.known(scan.table).triggers)
            fired = f", and fires {', '.join(triggers)}" if triggers else ""
            yield Finding(
                message=f"holds every row that it updates in {scan.table.text} until it ends{fired}",
                because=scan,
                advice="Move the data in batches: `schemaguard split` makes a backfill of it.",
            )


def _is_batch(frame: Frame, change: UpdateRows) -> bool:
    """Whether a LIMIT says how many rows it updates at most, and that is few."""
    limit = limited(change.where.text) if change.where is not None else None
    if limit is None or limit[1] > _BATCH:
        return False
    return limit[0] == "ctid" or frame.before.unique_over(change.table, frozenset({limit[0]}))


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, country text);",
    examples=(
        Bad("all rows", "UPDATE account SET country = 'CH';"),
        Bad("those without a value", "UPDATE account SET country = 'CH' WHERE country IS NULL;"),
        Bad("a condition that always holds", "UPDATE account SET country = 'CH' WHERE true;"),
        Bad(
            "in a WITH",
            "WITH q AS (UPDATE account SET country = 'CH' RETURNING id) SELECT count(*) FROM q;",
        ),
        Bad(
            "by MERGE",
            """
            MERGE INTO account USING (VALUES (1)) AS new (id) ON account.id = new.id
            WHEN MATCHED THEN UPDATE SET country = 'CH';
            """,
            on=(15, 16, 17, 18),
        ),
        Good(
            "a batch at a time",
            """
            DO $$ BEGIN
                LOOP
                    UPDATE account SET country = 'CH'
                    WHERE id IN (SELECT id FROM account WHERE country IS NULL LIMIT 1000);
                    EXIT WHEN NOT FOUND;
                    COMMIT;
                END LOOP;
            END $$;
            """,
        ),
        Bad(
            "more than a batch",
            "UPDATE account SET country = 'CH' WHERE id IN (SELECT id FROM account LIMIT 1000000);",
        ),
        Good("one row", "UPDATE account SET country = 'CH' WHERE id = 1;"),
        Good("in the backfill", "UPDATE account SET country = 'CH';", phase=Phase.BACKFILL),
    ),
)
