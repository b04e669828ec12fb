"""
A migration that stops half-way cannot be run again.

## Why

This statement is committed before a later one of the same migration, which can fail: a
time-out, a duplicate value, a lost connection. The tool then counts the migration as
failed, and to run it again fails here, at what is there already or gone already. Somebody
has to repair it by hand, while the deployment waits.

## Instead

One transaction for all of it, where PostgreSQL allows that; or a migration of its own for
each statement that cannot be in one. Otherwise say IF NOT EXISTS or IF EXISTS, or drop
what may be there before it is made. For an index that is built CONCURRENTLY only the
latter will do: a failed build leaves an invalid index, and IF NOT EXISTS is content with it.

In one transaction nothing of this is needed: when it fails, nothing is there.
"""

from collections.abc import Iterator, Sequence

from schemaguard.changes.base import SessionChange
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import SchemaState
from schemaguard.there import in_the_way


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """What is in the way when all but the last transaction is done, and all of it runs again."""
    committed = frames[: _last_transaction(frames)]
    schema = committed[-1].after if committed else SchemaState()
    for frame in committed:
        for effect in frame.effects:
            sqlstate = in_the_way(effect.change, schema, frame.server)
            if sqlstate:
                yield (
                    frame,
                    Finding(
                        message="is committed before the migration ends: where a later statement fails, to"
                        f" run it again fails here ({sqlstate})",
                        because=Wording("several transactions in one migration"),
                        advice="Make it one transaction, say IF [NOT] EXISTS, or drop it IF EXISTS before.",
                    ),
                )
                break
            schema = effect.change.apply(schema)


def _last_transaction(frames: Sequence[Frame]) -> int:
    """Where the last transaction begins that does anything."""
    doing = [place for place, frame in enumerate(frames) if _does_something(frame)]
    first = doing[-1] if doing else 0
    while first > 0 and _is_one(frames[first - 1], frames[first]):
        first -= 1
    return first


def _does_something(frame: Frame) -> bool:
    return any(not isinstance(effect.change, SessionChange) for effect in frame.effects)


def _is_one(first: Frame, second: Frame) -> bool:
    """Whether the two are in one transaction, the script's own or the tool's."""
    ended = any(isinstance(effect.change, EndTransaction) for effect in first.effects)
    same = first.statement.piece.block == second.statement.piece.block
    return second.in_transaction and same and not ended


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad(
            "a column, then an index",
            """
            ALTER TABLE account ADD COLUMN fax text;
            CREATE INDEX CONCURRENTLY account_fax ON account (fax);
            """,
        ),
        Good(
            "the column may be there",
            """
            ALTER TABLE account ADD COLUMN IF NOT EXISTS fax text;
            CREATE INDEX CONCURRENTLY account_fax ON account (fax);
            """,
        ),
        Good(
            "the index before it may be there",
            """
            DROP INDEX CONCURRENTLY IF EXISTS account_email;
            CREATE INDEX CONCURRENTLY account_email ON account (email);
            ALTER TABLE account ADD COLUMN fax text;
            """,
            ends_elsewhere="it is about another index",
        ),
        Good(
            "one transaction",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            CREATE TABLE sheet (id bigint PRIMARY KEY);
            COMMIT;
            """,
            ends_elsewhere="there is no index",
        ),
    ),
)
