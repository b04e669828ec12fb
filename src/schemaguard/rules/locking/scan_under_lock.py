"""
What reads a whole table is not gentle in a transaction with a stronger lock.

## Why

VALIDATE CONSTRAINT, and queries that look through a table, take locks that let reads
and writes through. But a transaction keeps all its locks to its end: where it has also
added the constraint, or altered the table in another way, the rows are read under that
lock, and every query waits.

## Instead

Commit before what reads the table. With Alembic, put it into a revision of its own
and set `transaction_per_migration=True`, or use an `autocommit_block`. Rows of a whole
table are better changed in batches: `schemaguard split` makes a backfill of an UPDATE.
"""

from collections.abc import Iterator

from schemaguard.changes.delete_rows import DeleteRows
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.merge_rows import MergeRows
from schemaguard.changes.select_rows import SelectRows
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

READING = (DeleteRows, InsertRows, MergeRows, SelectRows, UpdateRows, ValidateConstraint)


def check(frame: Frame) -> Iterator[Finding]:
    """A scan under a lock that stops writers, which the statement alone does not take."""
    scans = (scan for kind in READING for _, scan in frame.each(kind, costing=Scan))
    for scan in scans:
        if scan.under.stops_writes:
            yield Finding(
                message=f"reads all of {scan.table.text} while its transaction holds {scan.under.value}",
                because=scan,
                advice="Commit first: what reads the table needs a transaction of its own.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, age int);",
    examples=(
        Bad(
            "in the transaction that adds it",
            """
            BEGIN;
            ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT grown;
            COMMIT;
            """,
        ),
        Bad(
            "a query in the transaction that adds it",
            """
            BEGIN;
            ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
            DELETE FROM account WHERE age <= 17;
            COMMIT;
            ALTER TABLE account VALIDATE CONSTRAINT grown;
            """,
        ),
        Bad(
            "rows are filled in the transaction that adds their column",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN grown boolean;
            UPDATE account SET grown = age > 17;
            COMMIT;
            """,
            ends_elsewhere="with a column more",
        ),
        Good(
            "after a commit",
            """
            BEGIN;
            ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
            COMMIT;
            ALTER TABLE account VALIDATE CONSTRAINT grown;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)
