"""
An index over many columns is large, and few queries use all of it.

## Why

Each column makes the index larger and every write to the table dearer. A B-tree is
entered from its first column: for a query that names only later ones most of it is read,
or it is not used; and after a column that is compared by `<` or `>` the others no longer
narrow the search down.

## Instead

Index the columns that find few rows. Those that are only to be read along go into
INCLUDE. `max-index-columns` in the configuration says how many columns are many (without
it: more than 3), and to set it switches this rule on.

A unique index says something of all its columns, and may have any number.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.made import indexes
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A new index over more columns than one should have."""
    limit = frame.server.conventions.max_index_columns
    for name, index in indexes(frame):
        if len(index.columns) > limit and not index.unique:
            yield Finding(
                message=f"index {name.name} has {len(index.columns)} columns, of which {limit} are enough",
                because=Wording(f"the columns of index {name.text}"),
                advice="Index the columns that find few rows, and INCLUDE the others if they are to be read.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, country text, city text, street text, door text);",
    examples=(
        Bad(
            "four columns",
            "CREATE INDEX CONCURRENTLY account_place ON account (country, city, street, door);",
        ),
        Good(
            "two of them find few rows",
            "CREATE INDEX CONCURRENTLY account_place ON account (city, street) INCLUDE (country, door);",
            ends_elsewhere="it is over fewer columns",
        ),
        Good(
            "a unique one",
            "CREATE UNIQUE INDEX CONCURRENTLY account_place ON account (country, city, street, door);",
            ends_elsewhere="it is unique",
        ),
    ),
)
