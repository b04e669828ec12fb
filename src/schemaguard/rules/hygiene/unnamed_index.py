"""
An index without a name gets one that nobody has written down.

## Why

PostgreSQL chooses a name from the table and the columns, and adds a number where it is
taken. It may be another one in production than in the tests, and the migration that drops
the index has to guess it.

## Instead

Give it a name.
"""

from collections.abc import Iterator

from schemaguard.changes.create_index import CreateIndex
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A new index whose name PostgreSQL has to choose."""
    for effect in frame.effects:
        match effect.change:
            case CreateIndex() as change if not change.name.name:
                yield Finding(
                    message=f"PostgreSQL chooses the name of this index of {change.index.table.text}",
                    because=Wording("it gives the index no name"),
                    advice=f"Name it, as in {change.chosen_name(frame.before).name}.",
                )
            case _:
                pass  # No other change makes an index that could have a name of its own.


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad("no name", "CREATE INDEX CONCURRENTLY ON account (email);"),
        Good("a name", "CREATE INDEX CONCURRENTLY account_email_idx ON account (email);"),
    ),
)
