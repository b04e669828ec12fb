"""
A new table lacks a column that each table of the project has.

## Why

What all tables have in common, tools and queries count on: when a row was made, to whom it
belongs. A table without it is left out of them, and nobody knows of its old rows what the
column would have said.

## Instead

Add the column in the CREATE TABLE. `required-columns` in the configuration says which
(without it: `created_at`), and to set it switches this rule on.

A partition has the columns of its table, and a temporary table needs none.
"""

from collections.abc import Iterator, Sequence

from schemaguard.evidence import Wording
from schemaguard.made import tables
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A new table without one of these columns when the migration ends."""
    for frame in frames:
        for table, _ in tables(frame):
            last = frames[-1].after.table(table)
            wanted = frame.server.conventions.required_columns if last is not None else ()
            missing = [name for name in wanted if last is not None and last.column(name) is None]
            if missing:
                yield (
                    frame,
                    Finding(
                        message=f"{table.text} has no column {', '.join(missing)}",
                        because=Wording(f"the columns of {table.text}"),
                        advice="Add it in the CREATE TABLE.",
                    ),
                )


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad("nobody knows since when", "CREATE TABLE account (id bigint PRIMARY KEY);"),
        Good(
            "each row says since when it is there",
            """
            CREATE TABLE account (
                id bigint PRIMARY KEY,
                created_at timestamptz NOT NULL DEFAULT now()
            );
            """,
            ends_elsewhere="it has a column more",
        ),
    ),
)
