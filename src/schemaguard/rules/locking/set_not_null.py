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

From 18 on NOT NULL can itself be added as NOT VALID, `ADD CONSTRAINT n NOT NULL email
NOT VALID`, and VALIDATE CONSTRAINT finishes it. SET NOT NULL over it would read all
rows under the lock all the same.
"""

from collections.abc import Iterator

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.inherit_not_null import InheritNotNull
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
    for new, scan in frame.each(AddNotNull, costing=Scan):
        yield Finding(
            message=f"reads all of {scan.table.text} for NULLs while no query can use it",
            because=scan,
            advice=f"Add NOT NULL {new.column.name} NOT VALID, then VALIDATE CONSTRAINT by itself.",
        )
    for _, scan in frame.each(InheritNotNull, costing=Scan):
        yield Finding(
            message=f"reads all of {scan.table.text} for NULLs while no query can use it",
            because=scan,
            advice="Give each child the NOT NULL first, NOT VALID and then validated.",
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
        Bad(
            "over a NOT NULL that is not valid",
            """
            ALTER TABLE account ADD CONSTRAINT account_email_not_null NOT NULL email NOT VALID;
            ALTER TABLE account ALTER COLUMN email SET NOT NULL;
            """,
            on=(18,),
        ),
        Bad(
            "as a constraint that is valid at once",
            "ALTER TABLE account ADD CONSTRAINT account_email_not_null NOT NULL email;",
            on=(18,),
        ),
        Good(
            "as a constraint that is validated later",
            """
            ALTER TABLE account ADD CONSTRAINT account_email_not_null NOT NULL email NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT account_email_not_null;
            """,
            phase=Phase.CONTRACT,
            on=(18,),
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
