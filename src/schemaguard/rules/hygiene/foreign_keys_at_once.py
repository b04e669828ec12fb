"""
One transaction makes foreign keys to several tables that are in use.

## Why

A foreign key takes a SHARE ROW EXCLUSIVE lock on the table that it points to, also from a
table that is new and empty: it waits for every open transaction that has written there,
and all writers wait behind it. The second key waits while the first table takes no
writes. Code that writes the two in the other order ends in a deadlock.

## Instead

A transaction for each of them: create the table without its keys, then add one key at
a time NOT VALID, with a `lock_timeout`, and validate it.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.locks import LockMode
from schemaguard.made import constraints
from schemaguard.names import Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import ForeignKey


def check(frame: Frame) -> Iterator[Finding]:
    """The statement whose foreign keys lock the second old table."""
    here = _targets(frame)
    writers = {lock.table for lock in frame.held if lock.mode is LockMode.SHARE_ROW_EXCLUSIVE}
    before = (writers - frame.young) if here else set()
    locked = sorted({name.text for name in here | before})
    if here - before and len(locked) > 1:
        yield Finding(
            message=f"no writer gets into {', '.join(locked)} before the transaction ends",
            because=Wording("several foreign keys in one transaction"),
            advice="Add one foreign key a transaction.",
        )


def _targets(frame: Frame) -> set[Relation]:
    """The tables in use that new foreign keys of the statement point to."""
    return {
        key.target
        for table, key in constraints(frame, ForeignKey)
        if key.target not in frame.young and key.target != table
    }


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY);
    CREATE TABLE page (id bigint PRIMARY KEY);
    """,
    examples=(
        Bad(
            "with the table",
            "CREATE TABLE visit (account bigint REFERENCES account, page bigint REFERENCES page);",
        ),
        Bad(
            "one after the other",
            """
            CREATE TABLE visit (account bigint, page bigint);
            BEGIN;
            ALTER TABLE visit ADD FOREIGN KEY (account) REFERENCES account NOT VALID;
            ALTER TABLE visit ADD FOREIGN KEY (page) REFERENCES page NOT VALID;
            COMMIT;
            """,
            ends_elsewhere="they are NOT VALID",
        ),
        Good(
            "a transaction each",
            """
            CREATE TABLE visit (account bigint, page bigint);
            ALTER TABLE visit ADD FOREIGN KEY (account) REFERENCES account NOT VALID;
            ALTER TABLE visit ADD FOREIGN KEY (page) REFERENCES page NOT VALID;
            ALTER TABLE visit VALIDATE CONSTRAINT visit_account_fkey;
            ALTER TABLE visit VALIDATE CONSTRAINT visit_page_fkey;
            """,
        ),
    ),
)
