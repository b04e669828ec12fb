"""
A table without a primary key has rows that nothing tells apart.

## Why

Two equal rows can be changed or deleted only together. Where the table is published,
UPDATE and DELETE are refused, for a subscriber could not find the row. ORMs map no
table without a key, and tools that move rows in batches have nothing to go by.

## Instead

Give the table a primary key, best in its CREATE TABLE: there it costs nothing, for the table
is empty. A table that joins two others has theirs together.

A partition has the key of its table, and a temporary table needs none.
"""

from collections.abc import Iterator, Sequence

from schemaguard.evidence import Wording
from schemaguard.made import tables
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A new table that has no key when the migration ends."""
    for frame in frames:
        for table, _ in tables(frame):
            last = frames[-1].after.table(table)
            if last is not None and last.primary_key is None and not last.foreign:
                yield (
                    frame,
                    Finding(
                        message=f"{table.text} has no primary key",
                        because=Wording(f"the columns of {table.text}"),
                        advice="Give it one: an identity, or the columns that tell its rows apart.",
                    ),
                )


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad("no key", "CREATE TABLE visit (account bigint, page text);"),
        Bad(
            "UNIQUE lets in any number of NULLs",
            "CREATE TABLE visit (account bigint UNIQUE, page text);",
            ends_elsewhere="it is unique",
        ),
        Good(
            "a number of its own",
            "CREATE TABLE visit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, page text);",
            ends_elsewhere="there is a key",
        ),
        Good(
            "later in the same migration",
            """
            CREATE TABLE visit (account bigint, page text);
            ALTER TABLE visit ADD PRIMARY KEY (account, page);
            """,
            ends_elsewhere="there is a key",
        ),
        Good(
            "the key of the whole",
            """
            CREATE TABLE visit (account bigint PRIMARY KEY, page text) PARTITION BY HASH (account);
            CREATE TABLE visit_0 PARTITION OF visit FOR VALUES WITH (MODULUS 1, REMAINDER 0);
            """,
            ends_elsewhere="there is a key",
        ),
        Good(
            "gone with the session",
            "CREATE TEMPORARY TABLE visit (account bigint, page text);",
            ends_elsewhere="nobody else sees it",
        ),
    ),
)
