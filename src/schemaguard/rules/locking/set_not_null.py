"""
SET NOT NULL reads the whole table while nobody can use it.

## Why

`ALTER COLUMN ... SET NOT NULL` takes an ACCESS EXCLUSIVE lock and then reads every
row, to be sure that none is null. Until the last one is read, every SELECT, INSERT,
UPDATE and DELETE on the table waits, and the wait grows with the table.

## Instead

Let a CHECK constraint do the reading. Added as NOT VALID it is only written down;
VALIDATE CONSTRAINT reads the rows under a lock that lets reads and writes through.
SET NOT NULL then finds a valid constraint that proves what it wants to know, and
reads nothing. Afterwards the constraint can go.

The constraint may ask for more with AND. With OR it proves nothing.
"""

from collections.abc import Iterator

from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A SET NOT NULL that costs a scan."""
    for change, scan in frame.each(SetNotNull, costing=Scan):
        yield Finding(
            message=f"reads all of {scan.table.text} while no query can use it",
            because=scan,
            advice=f"Validate a CHECK ({change.column.name} IS NOT NULL) first.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text, age int);",
    examples=(
        Bad(
            "straight away",
            "ALTER TABLE account ALTER COLUMN email SET NOT NULL;",
        ),
        Bad(
            "a constraint which is not valid proves nothing",
            """
            ALTER TABLE account ADD CONSTRAINT email_given CHECK (email IS NOT NULL) NOT VALID;
            ALTER TABLE account ALTER COLUMN email SET NOT NULL;
            ALTER TABLE account DROP CONSTRAINT email_given;
            """,
        ),
        Bad(
            "OR proves nothing",
            """
            ALTER TABLE account
                ADD CONSTRAINT known CHECK (email IS NOT NULL OR age > 0) NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT known;
            ALTER TABLE account ALTER COLUMN email SET NOT NULL;
            ALTER TABLE account DROP CONSTRAINT known;
            """,
        ),
        Good(
            "after a validated constraint",
            """
            ALTER TABLE account ADD CONSTRAINT email_given CHECK (email IS NOT NULL) NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT email_given;
            ALTER TABLE account ALTER COLUMN email SET NOT NULL;
            ALTER TABLE account DROP CONSTRAINT email_given;
            """,
            phase=Phase.CONTRACT,
        ),
        Good(
            "the constraint may ask for more",
            """
            ALTER TABLE account
                ADD CONSTRAINT adult CHECK (email IS NOT NULL AND age > 17) NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT adult;
            ALTER TABLE account ALTER COLUMN email SET NOT NULL;
            ALTER TABLE account DROP CONSTRAINT adult;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)
