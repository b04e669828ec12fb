"""
VALIDATE CONSTRAINT is not gentle in a transaction with a stronger lock.

## Why

VALIDATE CONSTRAINT reads the table under a lock that lets reads and writes through.
But a transaction keeps all its locks to its end: where it has also added the
constraint, or altered the table in another way, the rows are read under that lock,
and every query waits.

## Instead

Commit before VALIDATE CONSTRAINT. With Alembic, put it into a revision of its own
and set `transaction_per_migration=True`, or use an `autocommit_block`.
"""

from collections.abc import Iterator

from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A validation whose scan runs under a lock that stops writers."""
    for _, scan in frame.each(ValidateConstraint, costing=Scan):
        if scan.under.stops_writes:
            yield Finding(
                message=f"reads all of {scan.table.text} while its transaction holds {scan.under.value}",
                because=scan,
                advice="Commit first: validate in a transaction of its own.",
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
