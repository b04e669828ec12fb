"""
A name that does not follow the pattern of the project.

## Why

Where names follow a pattern, people and scripts find a constraint without looking into
the catalog, and an error message tells what it is about. One that does not follow it is found
by nobody.

## Instead

Follow the pattern. `names` in the configuration sets it for each kind, and switches this
rule on:

    [tool.schemaguard.names]
    table = "[a-z][a-z0-9_]*s"
    index = "ix_{table}_{columns}"
    foreign-key = "fk_{table}_.*"

A pattern is a regular expression for the whole name; `{table}` stands for the table's name,
`{columns}` for those of its columns, with `_` between them. Without `names`, all kinds are
to be lower case letters, digits and underscores.
"""

import re
from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.named import Named, names
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A new name that is not what its kind's pattern asks for."""
    for named in names(frame):
        pattern = frame.server.conventions.pattern_of(named.kind)
        if pattern is not None and not re.fullmatch(_filled(pattern, named), named.name):
            yield Finding(
                message=f"{named.text} is not named like {pattern}",
                because=Wording(named.name),
                advice=f"Name it as the pattern of the project says: {pattern}.",
            )


def _filled(pattern: str, named: Named) -> str:
    table = named.table.name if named.table is not None else ""
    filled = pattern.replace("{table}", re.escape(table))
    return filled.replace("{columns}", re.escape("_".join(named.columns)))


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad("a table", 'CREATE TABLE "Account" (id bigint PRIMARY KEY);'),
        Bad(
            "a column",
            'CREATE TABLE account (id bigint PRIMARY KEY, "eMail" text);',
            ends_elsewhere="it is about a column",
        ),
        Good(
            "lower case",
            "CREATE TABLE account (id bigint PRIMARY KEY);",
            ends_elsewhere="the name is another",
        ),
    ),
)
