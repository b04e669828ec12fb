"""
Moving a table's rows writes them all anew while nobody can use it.

## Why

SET LOGGED, SET UNLOGGED, SET TABLESPACE, SET ACCESS METHOD and SET EXPRESSION of a stored
column copy the whole table under an ACCESS EXCLUSIVE lock: no query reads or writes it
until the last row is written. It takes longer the bigger the table is, and as much disk
again. UNLOGGED also loses all rows at the next crash, and replicas do not have them.

## Instead

Make a new table of the kind that is wanted, copy the rows in batches while triggers keep
both in step, and change the names; or move the table with pg_repack. On a table that this
migration makes it costs nothing.
"""

from collections.abc import Iterator

from schemaguard.changes.move_storage import MoveStorage
from schemaguard.changes.set_expression import SetExpression
from schemaguard.changes.set_persistence import SetPersistence
from schemaguard.costs import Rewrite
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """All rows written by an action that only says how or where they are kept."""
    for kind in (SetPersistence, MoveStorage, SetExpression):
        for _, rewrite in frame.each(kind, costing=Rewrite):
            yield Finding(
                message=f"writes {rewrite.table.text} and its indexes anew while no query can use it",
                because=rewrite,
                advice="Copy the rows to a new table in batches, and change the names.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
CREATE TABLE account (id bigint PRIMARY KEY, email text);
    """,
    examples=(
        Bad("no longer logged", "ALTER TABLE account SET UNLOGGED;"),
        Good("it is logged already", "ALTER TABLE account SET LOGGED;", ends_elsewhere="it stays as it is"),
    ),
)
