"""
A new table without a comment does not say what its rows are.

## Why

The comment is in the catalog: psql, the tools that draw diagrams and the next developer
find it there, beside the table and in each dump. What is written in the migration alone
is read once.

## Instead

`COMMENT ON TABLE ... IS '...'` in the same migration: what a row is, and who writes it.
"""

from collections.abc import Iterator, Sequence

from schemaguard.changes.comment_on import CommentOn
from schemaguard.evidence import Wording
from schemaguard.made import tables
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A new table, no partition, on which the migration makes no comment."""
    changes = [effect.change for frame in frames for effect in frame.effects]
    said = {c.table for c in changes if isinstance(c, CommentOn) and c.kind == "table" and not c.label}
    for frame in frames:
        for table, state in tables(frame):
            if table not in said and not state.bound and table in frames[-1].after.tables:
                yield (
                    frame,
                    Finding(
                        message=f"{table.text} has no comment",
                        because=Wording(f"no COMMENT ON TABLE {table.text}"),
                        advice="Say with COMMENT ON TABLE what a row is.",
                    ),
                )


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad("no comment", "CREATE TABLE account (id bigint PRIMARY KEY);"),
        Good(
            "a comment",
            """
            CREATE TABLE account (id bigint PRIMARY KEY);
            COMMENT ON TABLE account IS 'who may log in';
            """,
        ),
    ),
)
