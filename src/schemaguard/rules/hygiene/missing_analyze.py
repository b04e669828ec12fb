"""
The planner knows nothing of new values before somebody runs ANALYZE.

## Why

ALTER COLUMN ... TYPE throws the column's statistics away, even where no row is written.
An index over an expression, and CREATE STATISTICS, have none before the next ANALYZE, and
autovacuum does not come for them: no row has changed. After an UPDATE or INSERT of a
whole table it comes, a minute later or more. Until then the planner guesses, and takes
plans for a table that is not like this one.

## Instead

ANALYZE the table in the same migration, after it. It reads a sample, and lets reads and writes
through.
"""

from collections.abc import Iterator, Sequence

from schemaguard.changes.analyze_table import AnalyzeTable
from schemaguard.changes.base import Change
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_statistics import CreateStatistics
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.evidence import Wording
from schemaguard.names import Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """The last statement for each table of which the planner knows nothing when the migration ends."""
    unknown: dict[Relation, tuple[Frame, str]] = {}
    for frame in frames:
        for effect in frame.effects:
            if isinstance(effect.change, AnalyzeTable):
                analyzed = effect.change.table
                unknown = {} if analyzed is None else {t: u for t, u in unknown.items() if t != analyzed}
            elif (new := _unknown(effect.change)) is not None and new[0] not in frame.young:
                unknown[new[0]] = (frame, new[1])
    for table, (frame, what) in unknown.items():
        yield (
            frame,
            Finding(
                message=f"the planner knows nothing of {what} of {table.text} before the next ANALYZE",
                because=Wording(f"no ANALYZE {table.text}"),
                advice=f"ANALYZE {table} after it.",
            ),
        )


def _unknown(change: Change) -> tuple[Relation, str] | None:
    """Of which table the planner then does not know what."""
    match change:
        case ChangeType(column, _):
            return column.table, f"column {column.name}"
        case CreateIndex(index=index) if None in index.columns:
            return index.table, "the expression"
        case CreateStatistics(table=table) if table is not None:
            return table, "these statistics"
        case UpdateRows(table=table, where=None):
            return table, "the new values"
        case InsertRows(table, whole=True):
            return table, "the new rows"
        case _:
            return None


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, email varchar(50));",
    examples=(
        Bad(
            "another type",
            "ALTER TABLE account ALTER COLUMN email TYPE varchar(100);",
            phase=Phase.CONTRACT,
        ),
        Bad(
            "an index over an expression",
            "CREATE INDEX CONCURRENTLY account_email ON account (lower(email));",
            ends_elsewhere="it is about an index",
        ),
        Good(
            "with its statistics",
            """
            ALTER TABLE account ALTER COLUMN email TYPE varchar(100);
            ANALYZE account;
            """,
            phase=Phase.CONTRACT,
        ),
        Good(
            "an index over a column has those of the column",
            "CREATE INDEX CONCURRENTLY account_email ON account (email);",
            ends_elsewhere="it is about an index",
        ),
    ),
)
