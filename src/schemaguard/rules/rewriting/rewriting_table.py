"""
Moving a table's rows writes them all anew while nobody can use it.

## Why

SET LOGGED, SET UNLOGGED, SET TABLESPACE, SET ACCESS METHOD and SET EXPRESSION of a stored
column copy the whole table under an ACCESS EXCLUSIVE lock: no query reads or writes it
until the last row is written. It takes longer the bigger the table is, and as much disk
again. UNLOGGED also loses all rows at the next crash, and replicas do not have them.
ALTER INDEX ... SET TABLESPACE copies the index under such a lock on the index: who writes to
its table waits, and who plans a query on it, whether that would use the index or not.
ALL IN TABLESPACE does so with everything of a kind that is there, which no migration says; it
locks all of it before it copies the first, until the transaction ends.

## Instead

Make a new table of the kind that is wanted, copy the rows in batches while triggers keep both
in step, and change the names; or move the table with pg_repack. An index is moved by `REINDEX
(TABLESPACE fast) INDEX CONCURRENTLY`. On a table that this migration makes it costs nothing.
"""

from collections.abc import Iterator

from schemaguard.changes.move_all import MoveAll, Moved
from schemaguard.changes.move_index import MoveIndex
from schemaguard.changes.move_storage import MoveStorage
from schemaguard.changes.set_expression import SetExpression
from schemaguard.changes.set_persistence import SetPersistence
from schemaguard.costs import Rewrite
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity

#: Names what to do with what ALL IN TABLESPACE would lock together.
ONE_BY_ONE = "Move one by one: indexes by REINDEX (TABLESPACE ...) CONCURRENTLY, tables by pg_repack."


def check(frame: Frame) -> Iterator[Finding]:
    """All rows written by an action that only says how or where they are kept."""
    for kind in (SetPersistence, MoveStorage, SetExpression):
        for _, rewrite in frame.each(kind, costing=Rewrite):
            yield Finding(
                message=f"writes {rewrite.table.text} and its indexes anew while no query can use it",
                because=rewrite,
                advice="Copy the rows to a new table in batches, and change the names.",
            )
    for effect in frame.effects:
        match effect.change:
            case MoveIndex() as moved:
                yield from _index(frame, moved)
            case MoveAll() as moved if not frame.refused and moved.tablespace != moved.to:
                yield from _all(frame, moved)
            case _:
                pass


def _index(frame: Frame, moved: MoveIndex) -> Iterator[Finding]:
    """One that is not of a new table."""
    index, known = moved.index, frame.before.indexes.get(moved.index)
    if known is None or known.table not in frame.young:
        table = known.table.text if known else "its table"
        yield Finding(
            message=f"copies index {index.text} while nobody can write to {table} or query it",
            because=Wording(f"index {index.text} moves to another tablespace"),
            advice=f"REINDEX (TABLESPACE {moved.tablespace}) INDEX CONCURRENTLY {index}.",
        )


def _all(frame: Frame, moved: MoveAll) -> Iterator[Finding]:
    """Those that are known, where they may be there; and once for those that are not known."""
    for _, rewrite in frame.each(MoveAll, costing=Rewrite):
        yield Finding(
            message=f"writes {rewrite.table.text} anew while no query can use it",
            because=rewrite,
            advice=ONE_BY_ONE,
        )
    old = any(index.table not in frame.young for index in frame.before.indexes.values())
    if not frame.before.complete or (moved.kind is Moved.INDEXES and old):
        what = f"all {moved.kind.value} in tablespace {moved.tablespace}"
        yield Finding(
            message=f"copies {what} to {moved.to}: nobody can use one of them until the last is copied",
            because=Wording(what),
            advice=ONE_BY_ONE,
            severity=Severity.DEPENDS,
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
        Good(
            "nothing is to move",
            "ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE pg_default;",
            ends_elsewhere="it stays as it is",
        ),
    ),
)
