"""
CONCURRENTLY inside a transaction is refused by the server.

## Why

CREATE INDEX CONCURRENTLY and DROP INDEX CONCURRENTLY commit in between, so PostgreSQL
refuses them in a transaction, and the deployment stops there. Most migration tools
open a transaction around each file. The same is true of REINDEX CONCURRENTLY, VACUUM,
CREATE DATABASE, ALTER SYSTEM and a few others, and of CLUSTER and REINDEX of a
partitioned table.

## Instead

Run it outside: with Alembic in an `op.get_context().autocommit_block()`, with Flyway,
goose, dbmate and others with the file's mark for "no transaction".
"""

from collections.abc import Iterator

from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.session import IN_TRANSACTION


def check(frame: Frame) -> Iterator[Finding]:
    """A statement that commits by itself, in a transaction."""
    for refusal in frame.refusals:
        if refusal.sqlstate == IN_TRANSACTION:
            yield Finding(
                message="the server refuses this in a transaction, and the migration stops here",
                because=refusal,
                advice="Run it outside a transaction (Alembic: autocommit_block).",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad(
            "in a transaction",
            """
            BEGIN;
            CREATE INDEX CONCURRENTLY account_email ON account (email);
            COMMIT;
            """,
            refused="25001",
        ),
        Good(
            "outside",
            "CREATE INDEX CONCURRENTLY account_email ON account (email);",
        ),
    ),
)
