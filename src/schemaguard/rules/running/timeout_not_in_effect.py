"""
A lock_timeout that was set, but is no longer in effect, protects nobody.

## Why

The migration sets `lock_timeout`, and yet waits for its lock without one, for the setting
has been taken back in between: SET LOCAL ends with its transaction and does nothing
outside of one; ROLLBACK and ROLLBACK TO take a SET back that came after BEGIN or the
savepoint; RESET, RESET ALL and DISCARD ALL give back what the session began with. While
it waits, each new query on the table queues behind it. (A plain SET survives COMMIT.)

## Instead

Set it with SET, outside of a transaction or in one that commits; or with SET LOCAL as the
first statement of the transaction that takes the lock.
"""

from collections.abc import Iterator

from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A lock that stops writers, taken after the time-out has lapsed."""
    why = frame.settings.lapsed.get("lock_timeout")
    if frame.timeouts.lock or not why:
        return
    for _, lock in frame.felt:
        if isinstance(lock, Lock) and lock.mode.stops_writes and lock not in frame.held:
            yield Finding(
                message=f"waits for {lock.mode.value} on {lock.table.text} without the lock_timeout that"
                f" was set: {why}",
                because=lock,
                advice="SET lock_timeout again before it.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "SET LOCAL ended with its transaction",
            """
            RESET lock_timeout;
            BEGIN;
            SET LOCAL lock_timeout = '2s';
            COMMIT;
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Bad(
            "the SET was rolled back",
            """
            RESET lock_timeout;
            BEGIN;
            SET lock_timeout = '2s';
            ROLLBACK;
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Bad(
            "rolled back to a savepoint before it",
            """
            RESET lock_timeout;
            BEGIN;
            SAVEPOINT start;
            SET LOCAL lock_timeout = '2s';
            ROLLBACK TO start;
            ALTER TABLE account ADD COLUMN fax text;
            COMMIT;
            """,
        ),
        Bad(
            "reset",
            """
            SET lock_timeout = '2s';
            RESET ALL;
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Bad(
            "all is discarded",
            """
            SELECT set_config('lock_timeout', '2s', false);
            DISCARD ALL;
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Good(
            "SET survives COMMIT",
            """
            BEGIN;
            SET lock_timeout = '2s';
            COMMIT;
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Good(
            "SET LOCAL in the transaction that takes the lock",
            """
            BEGIN;
            SET LOCAL lock_timeout = '2s';
            ALTER TABLE account ADD COLUMN fax text;
            COMMIT;
            """,
        ),
    ),
)
