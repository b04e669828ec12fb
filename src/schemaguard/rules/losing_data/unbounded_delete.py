"""
DELETE without WHERE removes every row.

## Why

All rows are gone, also those that running code has just written, and nothing short of
a backup brings them back. One transaction holds all their locks to its end.

## Instead

Say which rows, with WHERE. If really all are meant, and no running code uses the
table, do it in a migration that declares `phase=contract`.
"""

import re
from collections.abc import Iterator

from schemaguard.changes.delete_rows import DeleteRows
from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

#: Conditions that hold for every row; they are written to make linters quiet.
_ALWAYS = re.compile(r"[\s(]*(?:true|(\d+)\s*=\s*\1)[\s)]*\Z", re.IGNORECASE)


def check(frame: Frame) -> Iterator[Finding]:
    """A DELETE of everything in a table that running code uses."""
    if frame.phase is Phase.CONTRACT:
        return
    for change, lock in frame.each(DeleteRows, costing=Lock):
        always = change.where is None or _ALWAYS.match(change.where.text)
        if always and lock.table == change.table:
            yield Finding(
                message=f"removes every row of {change.table.text}",
                because=lock,
                advice="Say which rows with WHERE, or do it in a contract migration.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE visit (id bigint PRIMARY KEY, at date);",
    examples=(
        Bad("everything", "DELETE FROM visit;"),
        Bad("a condition that always holds", "DELETE FROM visit WHERE 1 = 1;"),
        Good("the old ones", "DELETE FROM visit WHERE at < '2020-01-01';"),
    ),
)
