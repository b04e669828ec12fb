"""
A new enum value cannot be used in the transaction that adds it.

## Why

`ALTER TYPE ... ADD VALUE` may run inside of a transaction, but until COMMIT PostgreSQL
refuses each use of the value (55P04): in an INSERT or UPDATE, in a comparison, as a
default, in an index, a view or the body of a function. The whole migration fails and is
rolled back. Up to PostgreSQL 16 that is so even if the same transaction has made the
type.

## Instead

Add the value in a migration of its own, and use it in the next one. Where the tool wraps
each migration into a transaction, it can often be told not to.
"""

from collections.abc import Iterator

from schemaguard.new_values import UNSAFE_USE
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A use of a value that is too early."""
    for refusal in frame.refusals:
        if refusal.sqlstate == UNSAFE_USE:
            question = "" if refusal.certain else "; is that the value which is meant here?"
            yield Finding(
                message=f"PostgreSQL refuses this: {refusal.why} ({refusal.sqlstate}){question}",
                because=refusal,
                severity=None if refusal.certain else Severity.DEPENDS,
                advice="Commit the new value first: use it in the next migration.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE TABLE person (id bigint PRIMARY KEY, mood mood);
    """,
    examples=(
        Bad(
            "a default in the same transaction",
            """
            BEGIN;
            ALTER TYPE mood ADD VALUE 'great' AFTER 'happy';
            ALTER TABLE person ALTER COLUMN mood SET DEFAULT 'great';
            COMMIT;
            """,
            refused="55P04",
        ),
        Bad(
            "a row in the same transaction",
            """
            BEGIN;
            ALTER TYPE mood ADD VALUE 'great' AFTER 'happy';
            INSERT INTO person VALUES (1, 'great');
            COMMIT;
            """,
            refused="55P04",
        ),
        Good(
            "committed before",
            """
            ALTER TYPE mood ADD VALUE 'great' AFTER 'happy';
            INSERT INTO person VALUES (1, 'great');
            """,
        ),
    ),
)
