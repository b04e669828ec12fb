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

The constraint may ask for more with AND. With OR it proves nothing. It must still be there
when SET NOT NULL looks: in `SET NOT NULL, DROP CONSTRAINT` of one ALTER TABLE it is gone
already. A new VIRTUAL column (18) that is NOT NULL is computed for each row in the same way:
add it without, and require it afterwards.
"""

from collections.abc import Iterator

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity
from schemaguard.schema import Generated


def check(frame: Frame) -> Iterator[Finding]:
    """A SET NOT NULL that costs a scan."""
    for change, scan in frame.each(SetNotNull, costing=Scan):
        yield Finding(
            message=f"reads all of {scan.table.text} while no query can use it",
            because=scan,
            advice=f"Validate a CHECK ({change.column.name} IS NOT NULL) first.",
        )
    for added, scan in frame.each(AddColumn, costing=Scan):
        column = added.column
        if column.generated is Generated.VIRTUAL and column.not_null and not added.constraints:
            yield Finding(
                message=f"computes {column.name} for all of {scan.table.text} while no query can use it",
                because=scan,
                advice="Add it without NOT NULL; then add NOT NULL as NOT VALID, and validate it.",
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
