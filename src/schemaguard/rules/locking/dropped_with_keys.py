"""
DROP TABLE locks every table that its foreign keys point to, all at once.

## Why

A foreign key is checked by triggers on both of its tables, and they all go with the table. So
DROP TABLE takes ACCESS EXCLUSIVE on the table, on each table that its foreign keys point to,
and with CASCADE on each that points to it. It waits for the queries on all of them, one table
after the other, while those it has already are locked; code that takes them in another order
ends in a deadlock.

## Instead

Drop the foreign keys before, each in a transaction of its own, which locks two tables for a
moment. Then DROP TABLE locks nothing but the table.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_table import DropTable
from schemaguard.costs import Lock
from schemaguard.locks import LockMode
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A drop that locks at least two other tables at the ends of foreign keys."""
    for effect in frame.effects:
        change = effect.change
        if not isinstance(change, DropTable):
            continue
        own = {change.table, *frame.before.descendants(change.table)}
        pointing = {table for part in own for table, _ in frame.before.referencing(part)}
        targets = {key.target for part in own for key in frame.before.known(part).foreign_keys()}
        locks = [
            cost
            for felt, cost in frame.felt
            if felt is effect
            and isinstance(cost, Lock)
            and cost.mode is LockMode.ACCESS_EXCLUSIVE
            and cost.table in (pointing | targets) - own
        ]
        if len(locks) > 1:
            names = " and ".join(lock.table.text for lock in locks)
            yield Finding(
                message=f"locks {names} at once, at the other ends of its foreign keys",
                because=locks[0],
                advice="Drop its foreign keys before, each in a transaction of its own.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY);
    CREATE TABLE page (id bigint PRIMARY KEY);
    CREATE TABLE visit (account_id bigint REFERENCES account, page_id bigint REFERENCES page);
    """,
    examples=(
        Bad("all at once", "DROP TABLE visit;", phase=Phase.CONTRACT),
        Good(
            "one key after the other",
            """
            ALTER TABLE visit DROP CONSTRAINT visit_account_id_fkey;
            ALTER TABLE visit DROP CONSTRAINT visit_page_id_fkey;
            DROP TABLE visit;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)
