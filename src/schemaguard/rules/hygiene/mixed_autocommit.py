"""
A migration without a transaction does more than one thing.

## Why

CREATE INDEX CONCURRENTLY and its like run outside of a transaction, and so does all else
in the same migration. If one statement fails, those before it stay done; the migration
tool counts the migration as failed, and to run it again fails at what is there already.

## Instead

One such statement a migration, and all others in migrations with a transaction.
"""

from collections.abc import Iterator, Sequence

from schemaguard.changes.base import SessionChange
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check_script(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A statement that must be alone, with others that commit by themselves."""
    single = [frame for frame in frames if not frame.in_transaction and _does_something(frame)]
    alone = [f for f in single if any(effect.change.alone_on(f.before) for effect in f.effects)]
    if alone and len(single) > 1:
        yield (
            alone[0],
            Finding(
                message="cannot run in a transaction, and shares its migration with other statements:"
                " a failure leaves the migration half done",
                because=Wording("several statements in a migration without a transaction"),
                advice="Make it a migration of its own.",
            ),
        )


def _does_something(frame: Frame) -> bool:
    return any(not isinstance(effect.change, SessionChange) for effect in frame.effects)


RULE = Rule(
    check_script=check_script,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad(
            "an index and a column",
            """
            ALTER TABLE account ADD COLUMN fax text;
            CREATE INDEX CONCURRENTLY account_email ON account (email);
            """,
        ),
        Good(
            "the index alone",
            "CREATE INDEX CONCURRENTLY account_email ON account (email);",
            ends_elsewhere="the column is another migration's",
        ),
        Good(
            "settings may come with it",
            """
            SET lock_timeout = 0;
            CREATE INDEX CONCURRENTLY account_email ON account (email);
            """,
            ends_elsewhere="the column is another migration's",
        ),
    ),
)
