"""
A foreign key whose column has another type than the one that it points to.

## Why

PostgreSQL takes it where the types can be compared, and converts on each look. The
smaller type then has the last word: an `integer` that points to a `bigint` is full long
before the other one, and to enlarge it writes the table anew while nobody can use it. A
`varchar(20)` refuses values that the other table has.

## Instead

Give both columns the same type while the table is new.
"""

from collections.abc import Iterator, Sequence

from schemaguard.column_types import Type
from schemaguard.evidence import Wording
from schemaguard.made import staying
from schemaguard.names import Column, Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import ForeignKey, SchemaState


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A new foreign key between columns of different types, when the migration ends."""
    for frame, table, key in staying(frames, ForeignKey):
        for column, of, target, other in _pairs(frames[-1].after, table, key):
            if of != other:
                yield (
                    frame,
                    Finding(
                        message=f"{column.text} is {of}, and {target.text}, to which it points, {other}",
                        because=Wording(f"foreign key {key.name}"),
                        advice=f"Make it {other}.",
                    ),
                )


def _pairs(
    schema: SchemaState, table: Relation, key: ForeignKey
) -> Iterator[tuple[Column, Type, Column, Type]]:
    """The columns whose types are known, each with the one that it points to."""
    for own, theirs in zip(key.columns, key.target_columns, strict=False):
        column, target = Column(table, own), Column(key.target, theirs)
        one, other = schema.column(column), schema.column(target)
        if one is not None and other is not None and one.type is not None and other.type is not None:
            yield column, one.type, target, other.type


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, name varchar(50) UNIQUE);",
    examples=(
        Bad(
            "the smaller integer",
            "CREATE TABLE visit (id bigint PRIMARY KEY, account int REFERENCES account);",
        ),
        Bad(
            "the shorter text",
            "CREATE TABLE visit (id bigint PRIMARY KEY, name varchar(20) REFERENCES account (name));",
            ends_elsewhere="it is about another column",
        ),
        Good(
            "the same type",
            "CREATE TABLE visit (id bigint PRIMARY KEY, account bigint REFERENCES account);",
            ends_elsewhere="the type is another",
        ),
    ),
)
