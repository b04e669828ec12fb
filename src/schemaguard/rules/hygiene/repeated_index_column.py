"""
An index has the same column twice.

## Why

The second place holds what the first one says already: it finds no row faster, and every
write carries it along. Most often another column was meant.

## Instead

Name the column that was meant, or leave the second one out.

With different operator classes, such as `text_pattern_ops`, the two answer different
questions.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.made import indexes
from schemaguard.overlaps import is_usual
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A new index with a column that has come already."""
    for name, index in indexes(frame):
        named = [column for column in index.columns if column is not None]
        twice = sorted({column for column in named if named.count(column) > 1})
        if twice and is_usual(index):
            yield Finding(
                message=f"index {name.name} has {', '.join(twice)} twice",
                because=Wording(f"the columns of index {name.text}"),
                advice="Leave the second one out, or name the column that was meant.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text, name text);",
    examples=(
        Bad("twice the same", "CREATE INDEX CONCURRENTLY account_found ON account (email, email);"),
        Good(
            "the one that was meant",
            "CREATE INDEX CONCURRENTLY account_found ON account (email, name);",
            ends_elsewhere="it has another column",
        ),
        Good(
            "for LIKE and for sorting",
            "CREATE INDEX CONCURRENTLY account_found ON account (email text_pattern_ops, email);",
        ),
    ),
)
