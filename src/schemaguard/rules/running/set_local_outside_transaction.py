"""
SET LOCAL outside of a transaction does nothing.

## Why

SET LOCAL sets to the end of the transaction. Outside of one there is nothing that it could
last for: PostgreSQL only warns, and the setting is as before. A `SET LOCAL lock_timeout`
that has no effect looks like a protection and is none. The same is true of SET TRANSACTION.

## Instead

SET, which lasts as long as the session; or BEGIN before it. Migrations that run without a
transaction (CREATE INDEX CONCURRENTLY needs that) can only use SET.
"""

from collections.abc import Iterator

from schemaguard.changes.set_setting import SetSetting
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """SET LOCAL where no transaction is open."""
    if frame.in_transaction:
        return
    # BEGIN with its modes sets them in the transaction that it begins.
    for effect in frame.effects[:1]:
        if isinstance(effect.change, SetSetting) and effect.change.local:
            name = effect.change.name
            yield Finding(
                message=f"sets {name} for a transaction, but there is none: it stays as it was",
                because=Wording(f"SET LOCAL {name} outside of a transaction"),
                advice="Use SET, or open a transaction first.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "no transaction is open",
            """
            SET LOCAL lock_timeout = '2s';
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Bad(
            "the transaction has ended",
            """
            BEGIN;
            COMMIT;
            SET LOCAL statement_timeout = '1min';
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Bad(
            "by a function",
            """
            SELECT set_config('lock_timeout', '2s', true);
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Good(
            "in a transaction",
            """
            BEGIN;
            SET LOCAL lock_timeout = '2s';
            ALTER TABLE account ADD COLUMN fax text;
            COMMIT;
            """,
        ),
        Good(
            "for the session",
            """
            SET lock_timeout = '2s';
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
    ),
)
