"""
A transaction that nobody commits: all of its work is lost.

## Why

The migration begins a transaction of its own and ends without COMMIT. When the session
ends, PostgreSQL rolls it back without a word, while the migration tool has noted that the
migration ran. Until then its locks are held.

## Instead

COMMIT at the end. Better still, leave BEGIN and COMMIT to the migration tool.
"""

from collections.abc import Iterator, Sequence

from schemaguard.changes.begin_transaction import BeginTransaction
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check_script(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A transaction that is open after the last statement."""
    if not frames or not frames[-1].leaves_open:
        return
    begun = [f for f in frames if any(isinstance(e.change, BeginTransaction) for e in f.effects)]
    yield (
        begun[-1] if begun else frames[-1],
        Finding(
            message="begins a transaction that the migration never commits: all of its work is lost",
            because=Wording("BEGIN without COMMIT"),
            advice="COMMIT at the end, or leave transactions to the migration tool.",
        ),
    )


RULE = Rule(
    check_script=check_script,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "no COMMIT",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Bad(
            "a new one after COMMIT AND CHAIN",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            COMMIT AND CHAIN;
            """,
        ),
        Bad(
            "RELEASE commits nothing",
            """
            BEGIN;
            SAVEPOINT start;
            ALTER TABLE account ADD COLUMN fax text;
            RELEASE start;
            """,
        ),
        Good(
            "with COMMIT",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            COMMIT;
            """,
        ),
    ),
)
