"""
BEGIN and COMMIT inside of a transaction do not do what they say.

## Why

PostgreSQL has no transaction within a transaction. A second BEGIN only warns. The first
COMMIT then ends the whole transaction, and what follows runs without one: each statement
commits by itself, and a failure leaves the migration half done. If the migration tool
opened the transaction, COMMIT ends the tool's, with its note that the migration ran.

## Instead

One BEGIN and one COMMIT, of the migration or of the tool. For a part that can be taken
back there is SAVEPOINT.
"""

from collections.abc import Iterator

from schemaguard.changes.begin_transaction import BeginTransaction
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.text import Begun


def check(frame: Frame) -> Iterator[Finding]:
    """BEGIN where a transaction is open; the end of a transaction that the tool has opened, or of none."""
    first = frame.effects[0].change if frame.effects else None
    piece = frame.statement.piece
    begun = piece.begun if piece.block is not None else Begun.SCRIPT
    if isinstance(first, BeginTransaction) and frame.in_transaction and begun is not Begun.MESSAGE:
        yield Finding(
            message="begins a transaction where one is open already: PostgreSQL warns, and does nothing",
            because=Wording("BEGIN inside of a transaction"),
            advice="Use SAVEPOINT for a part, or leave it out.",
        )
    elif isinstance(first, EndTransaction) and frame.in_transaction and begun is Begun.MESSAGE:
        yield Finding(
            message="ends the transaction that the file's statements share: what is above it stays, whatever"
            " comes of the rest",
            because=Wording("the end of the message's transaction"),
            advice="Write BEGIN above the first of those that belong together, or leave it out.",
        )
    elif isinstance(first, EndTransaction) and frame.in_transaction and begun is Begun.TOOL:
        yield Finding(
            message="ends the transaction that the migration tool has opened: what follows commits by itself",
            because=Wording("the end of the tool's transaction"),
            advice="Leave BEGIN and COMMIT to the tool, or tell it to open no transaction.",
        )
    elif isinstance(first, EndTransaction) and not frame.in_transaction:
        yield Finding(
            message="ends a transaction where none is open: PostgreSQL warns, and does nothing",
            because=Wording("the end of no transaction"),
            advice="Each statement before it has committed by itself: BEGIN first, or leave it out.",
        )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "BEGIN twice",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            BEGIN;
            ALTER TABLE account ADD COLUMN telex text;
            COMMIT;
            """,
        ),
        Bad(
            "COMMIT of nothing",
            """
            ALTER TABLE account ADD COLUMN fax text;
            ALTER TABLE account ADD COLUMN telex text;
            COMMIT;
            """,
        ),
        Good(
            "a savepoint within",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            SAVEPOINT second;
            ALTER TABLE account ADD COLUMN telex text;
            COMMIT;
            """,
        ),
    ),
)
