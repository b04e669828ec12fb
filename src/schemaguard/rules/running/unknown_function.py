"""
A statement that writes rows calls a function that schemaguard does not know.

## Why

What the statement itself does is read; what the function does is not. Most functions only
compute a value. One may as well write to other tables, lock them to the end of the
transaction, or take long for each row, and then the rows of a whole table wait for it.

Functions of PostgreSQL and of its usual extensions are known, and so are those that the
migrations before this one made, or that the database has.

## Instead

Let schemaguard see it: `--database-url`, `--schema` with a dump of the schema, or the
migration that makes the function before this one. If it only computes, allow it with a
comment that says so.
"""

from collections.abc import Iterator

from schemaguard.changes.call_unknown import CallUnknown
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A call of a function that nothing tells of."""
    for effect in frame.effects:
        if isinstance(effect.change, CallUnknown):
            called = effect.change.called
            yield Finding(
                message=f"what the function {called} does, beside its value, is not known",
                because=Wording(called),
                advice="The migrations before it, --schema or --database-url would tell.",
            )


_GIVEN = """
CREATE TABLE account (id bigint PRIMARY KEY, country text);
CREATE FUNCTION said(id bigint) RETURNS text LANGUAGE sql RETURN 'de';
"""

RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="next",
    given=_GIVEN,
    examples=(
        Bad(
            "it is of a schema that the history does not make",
            "UPDATE account SET country = information_schema._pg_char_max_length(25, -1) WHERE id = 1;",
        ),
        Good("it is in the history", "UPDATE account SET country = said(id) WHERE id = 1;"),
        Good("it comes with PostgreSQL", "UPDATE account SET country = lower(country) WHERE id = 1;"),
    ),
)
