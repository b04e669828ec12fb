"""
DROP OWNED drops every table of a role, and the statement does not say which.

## Why

All that the role owns in this database goes: tables with their rows, views, functions,
schemas. Each table is locked with ACCESS EXCLUSIVE to the end of the transaction. With
CASCADE goes whatever depends on them, whoever owns it. What is lost hangs on who happened
to run earlier migrations.

## Instead

REASSIGN OWNED BY the role TO another, which keeps everything; DROP OWNED afterwards takes
away only what the role was granted. Drop tables by their names, in a migration that
declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_owned import DropOwned
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """Objects of a role which nobody named, unless they were given away just before."""
    for effect in frame.effects:
        if isinstance(effect.change, DropOwned):
            for loss in effect.losses:
                yield Finding(
                    message=f"drops {loss.what}; nothing here says which they are",
                    because=loss,
                    advice="REASSIGN OWNED first, and drop tables by their names.",
                )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="0.1",
    examples=(
        Bad(
            "whatever it is",
            "CREATE ROLE schemaguard_e3; DROP OWNED BY schemaguard_e3; DROP ROLE schemaguard_e3;",
        ),
        Good(
            "another owner",
            "CREATE ROLE schemaguard_e4; REASSIGN OWNED BY schemaguard_e4 TO CURRENT_USER;"
            " DROP ROLE schemaguard_e4;",
        ),
    ),
)
