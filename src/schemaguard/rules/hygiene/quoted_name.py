"""
A name that has to be quoted wherever it is written.

## Why

Without quotes PostgreSQL folds names to lower case: `Account` looks for `account`, and
does not find `"Account"`. A keyword such as `user` is read as something else, often
without an error: `SELECT user FROM ...` gives the role that is logged in.

## Instead

Lower case, digits and underscores, and no keyword.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.named import names, written
from schemaguard.names import quote
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A new name that is written here, and not by PostgreSQL, and needs quotes."""
    needing = {name for name in written(frame) if quote(name) != name}
    for named in names(frame) if needing else ():
        if named.name in needing:
            yield Finding(
                message=f"{named.text} has to be written {quote(named.name)}, with its quotes, everywhere",
                because=Wording(quote(named.name)),
                advice="Take lower case, digits and underscores, and no keyword.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad("a capital", 'CREATE TABLE "Account" (id bigint PRIMARY KEY);'),
        Bad(
            "a keyword",
            'CREATE TABLE account (id bigint PRIMARY KEY, "user" text);',
            ends_elsewhere="it is about a column",
        ),
        Good(
            "capitals without quotes are none",
            "CREATE TABLE Account (ID bigint PRIMARY KEY);",
            ends_elsewhere="the name is another",
        ),
    ),
)
