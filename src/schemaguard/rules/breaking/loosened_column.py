"""
A column that may be NULL from now on surprises code that never met one.

## Why

DROP NOT NULL fails nobody by itself. But as soon as new code writes the first NULL, running
code reads it: a value of the program that cannot be null, a sum that becomes NULL, a row that
`<>` no longer finds. For code that only writes the column it is of no account.

## Instead

Release readers that bear NULL first. Loosening a column that the next release no longer writes
is right when the running code does not read it either. A migration that declares
`phase=contract` says that all code is ready.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """NOT NULL that goes from an old table, beside running code."""
    for effect in frame.effects if frame.phase is not Phase.CONTRACT else ():
        change = effect.change
        if isinstance(change, DropNotNull) and change.column.table not in frame.young:
            state = frame.before.column(change.column)
            if state is None or state.not_null:
                yield Finding(
                    message=f"{change.column.text} may be NULL: does running code that reads it bear that?",
                    because=Wording(f"{change.column.text} is no longer NOT NULL"),
                    advice="Release readers that bear NULL before any code writes it.",
                )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="next",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text NOT NULL);",
    examples=(
        Bad("beside running code", "ALTER TABLE account ALTER COLUMN email DROP NOT NULL;"),
        Good(
            "when all code bears it",
            "ALTER TABLE account ALTER COLUMN email DROP NOT NULL;",
            phase=Phase.CONTRACT,
        ),
    ),
)
