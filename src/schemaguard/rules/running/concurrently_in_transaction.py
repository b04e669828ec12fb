"""
CONCURRENTLY inside a transaction is refused by the server.

## Why

CREATE INDEX CONCURRENTLY and DROP INDEX CONCURRENTLY commit in between, so PostgreSQL
refuses them in a transaction, and the deployment stops there. Most migration tools
open a transaction around each file.

## Instead

Run it outside: with Alembic in an `op.get_context().autocommit_block()`, with Flyway,
goose, dbmate and others with the file's mark for "no transaction".
"""

from collections.abc import Iterator

from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.drop_index import DropIndex
from schemaguard.costs import Wait
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A statement that waits for transactions, in one."""
    if not frame.in_transaction:
        return
    for kind in (CreateIndex, DropIndex):
        for _, wait in frame.each(kind, costing=Wait):
            yield Finding(
                message="the server refuses CONCURRENTLY in a transaction, and the migration stops here",
                because=wait,
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
            """,
            refused="25001",
        ),
        Good(
            "outside",
            "CREATE INDEX CONCURRENTLY account_email ON account (email);",
        ),
    ),
)
