"""
A CHECK constraint that is added valid reads the whole table under lock.

## Why

`ADD CONSTRAINT ... CHECK` takes an ACCESS EXCLUSIVE lock and checks every row before
it lets go. So does a CHECK that is written at a new column. Every query on the table
waits until the last row is read.

## Instead

Add the constraint as NOT VALID: it holds for new rows at once, and no row is read.
Then VALIDATE CONSTRAINT, in a transaction of its own: it reads the rows under a lock
that lets reads and writes through.
"""

from collections.abc import Iterator

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity
from schemaguard.schema import Check


def check(frame: Frame) -> Iterator[Finding]:
    """A CHECK that costs a scan."""
    for _, scan in frame.each(AddCheck, costing=Scan):
        yield Finding(
            message=f"checks every row of {scan.table.text} while no query can use it",
            because=scan,
            advice="Add it NOT VALID, and VALIDATE CONSTRAINT in a transaction of its own.",
        )
    for change, scan in frame.each(AddColumn, costing=Scan):
        if any(isinstance(constraint, Check) for constraint in change.constraints):
            yield Finding(
                message=f"checks every row of {scan.table.text} while no query can use it",
                because=scan,
                advice="Add the column without the CHECK, then the CHECK as NOT VALID, then validate it.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, age int);",
    examples=(
        Bad(
            "straight away",
            "ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17);",
        ),
        Bad(
            "NOT VALID of another action does not count",
            """
            ALTER TABLE account
                ADD CONSTRAINT grown CHECK (age > 17),
                ADD CONSTRAINT mortal CHECK (age < 150) NOT VALID;
            ALTER TABLE account DROP CONSTRAINT mortal;
            """,
        ),
        Good(
            "not valid, then validated",
            """
            ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT grown;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)
