"""
Unique columns without NULL stand in for a primary key that nobody declared.

## Why

They tell the rows apart as well as a primary key would, but nothing says so: a foreign key that
names no columns is refused, a published table refuses UPDATE and DELETE until its replica
identity is set, and ORMs ask which of several unique constraints is meant.

## Instead

Write PRIMARY KEY in place of UNIQUE and NOT NULL. The index is the same.

Beside a primary key, UNIQUE NOT NULL says something of its own.
"""

from collections.abc import Iterator, Sequence

from schemaguard.evidence import Wording
from schemaguard.made import tables
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import TableState, Unique


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A new table whose rows a unique constraint tells apart, and no primary key, when the migration ends."""
    for frame in frames:
        for table, _ in tables(frame):
            key = _stand_in(frames[-1].after.known(table))
            if key is not None:
                yield (
                    frame,
                    Finding(
                        message=f"{table.text} has no primary key, and {key.name} does the work of one",
                        because=Wording(f"constraint {key.name}"),
                        advice=f"Make ({', '.join(key.columns)}) its PRIMARY KEY.",
                    ),
                )


def _stand_in(state: TableState) -> Unique | None:
    if state.primary_key is not None:
        return None
    present = {column.name for column in state.columns if column.not_null}
    keys = (c for c in state.constraints if isinstance(c, Unique))
    return next((key for key in keys if set(key.columns) <= present), None)


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad("in all but name", "CREATE TABLE account (id bigint NOT NULL UNIQUE, email text);"),
        Good(
            "a primary key",
            "CREATE TABLE account (id bigint PRIMARY KEY, email text);",
            ends_elsewhere="the constraint has another name",
        ),
        Good(
            "beside one",
            "CREATE TABLE account (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);",
            ends_elsewhere="it has another key",
        ),
        Good(
            "with NULLs it is no key",
            "CREATE TABLE account (id bigint UNIQUE, email text);",
            ends_elsewhere="a column may be NULL",
        ),
    ),
)
