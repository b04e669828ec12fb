"""
A foreign key that is added valid reads both tables while writers wait.

## Why

`ADD CONSTRAINT ... FOREIGN KEY` takes a SHARE ROW EXCLUSIVE lock on the table and on
the one that it refers to, and looks up every row before it lets go. INSERT, UPDATE
and DELETE on both tables wait for so long.

## Instead

Add it as NOT VALID: new rows are checked at once, old ones are not read, and the
locks are short. Then VALIDATE CONSTRAINT, in a transaction of its own: reads and
writes go on while it looks.

One that is NOT ENFORCED (18) can become ENFORCED, which reads both tables as well, and
even reads wait. Nothing that lies between is possible: add another beside it, NOT VALID,
validate that, and drop the first.
"""

from collections.abc import Iterator

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.alter_constraint import AlterConstraint
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity
from schemaguard.schema import Check, ForeignKey


def check(frame: Frame) -> Iterator[Finding]:
    """A foreign key that costs scans."""
    for _, scan in frame.each(AddForeignKey, costing=Scan):
        yield _finding(scan)
    for _, scan in frame.each(AlterConstraint, costing=Scan):
        yield Finding(
            message=f"reads all of {scan.table.text} while nobody can write to it",
            because=scan,
            advice="Add another that is ENFORCED and NOT VALID, VALIDATE it, and drop this one.",
        )
    for change, scan in frame.each(AddColumn, costing=Scan):
        kinds = {type(constraint) for constraint in change.constraints}
        if ForeignKey in kinds and Check not in kinds:
            yield _finding(scan)


def _finding(scan: Scan) -> Finding:
    return Finding(
        message=f"reads all of {scan.table.text} while nobody can write to it",
        because=scan,
        advice="Add it NOT VALID, and VALIDATE CONSTRAINT in a transaction of its own.",
    )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY);
    CREATE TABLE invoice (id bigint PRIMARY KEY, account_id bigint);
    """,
    examples=(
        Bad(
            "straight away",
            """
            ALTER TABLE invoice
                ADD CONSTRAINT of_account FOREIGN KEY (account_id) REFERENCES account (id);
            """,
        ),
        Bad(
            "not enforced, then enforced",
            """
            ALTER TABLE invoice
                ADD CONSTRAINT of_account FOREIGN KEY (account_id) REFERENCES account (id) NOT ENFORCED;
            ALTER TABLE invoice ALTER CONSTRAINT of_account ENFORCED;
            """,
            on=(18,),
        ),
        Good(
            "not valid, then validated",
            """
            ALTER TABLE invoice
                ADD CONSTRAINT of_account FOREIGN KEY (account_id) REFERENCES account (id) NOT VALID;
            ALTER TABLE invoice VALIDATE CONSTRAINT of_account;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)
