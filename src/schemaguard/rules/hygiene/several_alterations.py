"""
Several ALTER TABLE of one table, which could be one.

## Why

Each of them takes the ACCESS EXCLUSIVE lock anew: each waits for all that use the table,
with everybody behind it, and each rewrite or scan reads all rows again.

## Instead

One ALTER TABLE with several actions: one wait, one lock, one rewrite. Not where one of
them takes a weaker lock, such as VALIDATE CONSTRAINT: one statement takes the strictest
lock of all its actions. RENAME cannot be joined with others.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from schemaguard.costs import Cost, Lock
from schemaguard.locks import LockMode
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check_script(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """Two neighbours that take the same strictest lock."""
    for first, second in pairwise(frames):
        lock = _only_lock(second)
        if lock is not None and lock == _only_lock(first):
            yield (
                second,
                Finding(
                    message=f"locks {lock.table.text} again: it can be part of the ALTER TABLE before it",
                    because=lock,
                    advice="Join the two into one ALTER TABLE.",
                ),
            )


def _only_lock(frame: Frame) -> Cost | None:
    """The lock of an ALTER TABLE that can be joined with another."""
    words = frame.statement.text.upper().split()
    if words[:2] != ["ALTER", "TABLE"] or any(
        type(effect.change).__name__.startswith("Rename") for effect in frame.effects
    ):
        return None
    locks = {cost for _, cost in frame.felt if isinstance(cost, Lock)}
    only = next(iter(locks)) if len(locks) == 1 else None
    return only if only is not None and only.mode is LockMode.ACCESS_EXCLUSIVE else None


RULE = Rule(
    check_script=check_script,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "two columns",
            """
            ALTER TABLE account ADD COLUMN fax text;
            ALTER TABLE account ADD COLUMN telex text;
            """,
        ),
        Good(
            "in one statement",
            """
            ALTER TABLE account ADD COLUMN fax text, ADD COLUMN telex text;
            """,
        ),
        Good(
            "a weaker lock stays by itself",
            """
            ALTER TABLE account ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT positive;
            """,
            ends_elsewhere="it is about another change",
        ),
    ),
)
