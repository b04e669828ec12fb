"""
REFRESH MATERIALIZED VIEW stops everybody who reads the view.

## Why

It takes an ACCESS EXCLUSIVE lock on the view and holds it while the query runs: until the
last row is there no one can read the view. It takes as long as the query does.

## Instead

REFRESH MATERIALIZED VIEW CONCURRENTLY computes the rows beside the old ones and lets readers
through. It needs a unique index on columns of the view, without WHERE, and may be in a
transaction.
"""

from collections.abc import Iterator

from schemaguard.changes.refresh_view import RefreshView
from schemaguard.costs import Rewrite
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """Rows that are computed while nobody can read the old ones."""
    for change, rewrite in frame.each(RefreshView, costing=Rewrite):
        if change.filled:
            yield Finding(
                message=f"nobody can read {rewrite.table.text} until its query has run",
                because=rewrite,
                advice="REFRESH MATERIALIZED VIEW CONCURRENTLY, with a unique index.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
CREATE TABLE account (id bigint PRIMARY KEY);
    CREATE MATERIALIZED VIEW accounts AS SELECT id FROM account;
    CREATE UNIQUE INDEX accounts_id ON accounts (id);
    """,
    examples=(
        Bad("as it is", "REFRESH MATERIALIZED VIEW accounts;"),
        Good("concurrently", "REFRESH MATERIALIZED VIEW CONCURRENTLY accounts;"),
    ),
)
