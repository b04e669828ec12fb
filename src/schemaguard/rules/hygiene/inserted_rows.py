"""
Rows are inserted by a migration of the schema.

## Why

Some teams keep data out of the schema's migrations: it differs from one environment to
the next, cannot be undone with the schema, and INSERT or COPY of many rows holds what the
migration has locked before for as long as it takes.

## Instead

Load data by a job of its own, or by a migration that declares `phase=backfill`.
"""

from collections.abc import Iterator

from schemaguard.changes.copy_rows import CopyRows
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """An INSERT or COPY into a table that was there before."""
    if frame.phase is Phase.BACKFILL:
        return
    inserted = [(change.table, lock) for change, lock in frame.each(InsertRows, costing=Lock)]
    copied = [(change.table, lock) for change, lock in frame.each(CopyRows, costing=Lock)]
    for table, lock in inserted + copied:
        if lock.table == table:
            yield Finding(
                message=f"inserts rows into {lock.table.text}",
                because=lock,
                advice="Do it in a backfill migration, or in a job of its own.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    given="CREATE TABLE country (code text PRIMARY KEY);",
    examples=(
        Bad("a row of an old table", "INSERT INTO country VALUES ('CH');"),
        Bad("rows of a file", "COPY country FROM '/dev/null';"),
        Good("in the backfill", "INSERT INTO country VALUES ('CH');", phase=Phase.BACKFILL),
    ),
)
