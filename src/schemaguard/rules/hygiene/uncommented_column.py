"""
A new column without a comment does not say what is in it.

## Why

`state` of an order, `amount` in which currency, with or without tax: what a name leaves
open each reader guesses. The comment is in the catalog, where tools and people find it beside
the column.

## Instead

`COMMENT ON COLUMN ... IS '...'` in the same migration. A primary key needs none.
"""

from collections.abc import Iterator, Sequence

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.comment_on import CommentOn
from schemaguard.changes.create_table import CreateTable
from schemaguard.evidence import Wording
from schemaguard.names import Column
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import in_primary_key, typed


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """New columns on which the migration makes no comment: one finding a statement."""
    changes = [effect.change for frame in frames for effect in frame.effects]
    said = {c.name for c in changes if isinstance(c, CommentOn) and c.kind == "column" and not c.label}
    for frame in frames:
        if any(isinstance(effect.change, AddColumn | CreateTable) for effect in frame.effects):
            silent = [name for name in _new(frame, frames[-1]) if name.text not in said]
            if silent:
                names = ", ".join(column.name for column in silent)
                yield (
                    frame,
                    Finding(
                        message=f"no comment says what {names} of {silent[0].table.text} is",
                        because=Wording(f"no COMMENT ON COLUMN {silent[0].text}"),
                        advice="Say it with COMMENT ON COLUMN.",
                    ),
                )


def _new(frame: Frame, last: Frame) -> Iterator[Column]:
    for name, _ in typed(frame):
        added = frame.before.column(name) is None and last.after.column(name) is not None
        if added and name.table.schema != "pg_temp" and not in_primary_key(frame, name):
            yield name


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("no comment", "ALTER TABLE account ADD COLUMN state text;"),
        Bad(
            "in a new table",
            "CREATE TABLE visit (id bigint PRIMARY KEY, state text);",
            ends_elsewhere="it is about another table",
        ),
        Good(
            "a comment",
            """
            ALTER TABLE account ADD COLUMN state text;
            COMMENT ON COLUMN account.state IS 'open, closed or lost';
            """,
        ),
    ),
)
