"""
A domain with constraints makes later changes dear.

## Why

A new column of such a domain writes the whole table anew, even without a default, for
each value is checked. Each further constraint reads all tables that use the domain while
nobody can write them, and there is no way to validate one beside the writers.

## Instead

Take the base type, and put the constraint on the tables: there it can be NOT VALID first,
and be validated while everybody works.
"""

from collections.abc import Iterator

from schemaguard.changes.create_domain import CreateDomain
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A new domain with constraints."""
    for effect in frame.effects:
        if isinstance(effect.change, CreateDomain) and effect.change.state.constrained:
            yield Finding(
                message=f"{effect.change.domain.text} has constraints: a new column of it writes its table"
                " anew",
                because=Wording(f"domain {effect.change.domain.text}"),
                advice="Take the base type, and put the constraint on the tables.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("a CHECK", "CREATE DOMAIN age AS int CHECK (VALUE >= 0);"),
        Good(
            "no constraint",
            "CREATE DOMAIN age AS int;",
            ends_elsewhere="the constraint is to be the tables'",
        ),
    ),
)
