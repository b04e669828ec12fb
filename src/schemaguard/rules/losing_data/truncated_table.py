"""
TRUNCATE removes every row, also for those who are in the middle of reading.

## Why

All rows are gone at once, and nothing short of a backup brings them back. It takes ACCESS
EXCLUSIVE on the table, so that every query waits, if not for long. And it does not keep
to snapshots: a transaction that began before, and has not read the table yet, finds it
empty.

## Instead

DELETE in batches, where some rows are meant, or a new table in the place of the old one.
If really all are meant, and no running code uses the table, do it in a migration that
declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.truncate_tables import TruncateTables
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """The rows of a table that is named, where running code uses it."""
    if frame.phase is Phase.CONTRACT:
        return
    for effect in frame.effects:
        if not isinstance(effect.change, TruncateTables):
            continue
        tables = effect.change.named(frame.before)
        # A partition's rows are the whole's.
        whole = [t for t in tables if not set(frame.before.known(t).parents) & set(tables)]
        named = {f"the rows of {t.text}" for t in whole if t not in frame.young}
        for loss in effect.losses:
            if loss.what in named:
                yield Finding(
                    message=f"{loss.what} are gone at once",
                    because=loss,
                    advice="Delete in batches, or do it in a contract migration.",
                )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE visit (id bigint PRIMARY KEY, at date);",
    examples=(
        Bad("all rows", "TRUNCATE visit;"),
        Good("when no code uses them", "TRUNCATE visit;", phase=Phase.CONTRACT),
        Good("some of them", "DELETE FROM visit WHERE id BETWEEN 1 AND 1000;"),
    ),
)
