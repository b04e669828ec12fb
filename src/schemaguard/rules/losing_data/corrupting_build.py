"""
PostgreSQL 14.0 to 14.3 can build an index CONCURRENTLY that misses rows.

## Why

In these releases CREATE INDEX CONCURRENTLY and REINDEX CONCURRENTLY can leave out rows that
are updated while they run. The index is valid and looks well; queries that use it do not find
the rows, and a unique index lets duplicates in. 14.4 has mended that. No other major has had
it.

## Instead

Update the server to the last 14, which needs no dump and a minute. Indexes that were built
before are looked over by `pg_amcheck --heapallindexed`, and built anew. Which release the
server is only the server knows: `--database-url` lets schemaguard ask, and `SELECT version()`
says it.
"""

from collections.abc import Iterator

from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.reindex import Reindex
from schemaguard.costs import Wait
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity

MAJOR, MENDED = 14, 4


def check(frame: Frame) -> Iterator[Finding]:
    """An index that such a server builds beside its writers."""
    server = frame.server
    if server.major != MAJOR or (server.minor is not None and server.minor >= MENDED):
        return
    for kind in (CreateIndex, Reindex):
        for _, wait in frame.each(kind, costing=Wait):
            before = "" if server.minor is not None else f", if the server is older than {MAJOR}.{MENDED}"
            yield Finding(
                message=f"can miss rows of {wait.table.text} that are updated meanwhile{before}",
                because=wait,
                severity=Severity.DEPENDS if server.minor is None else Severity.ERROR,
                advice=f"Update the server to {MAJOR}.{MENDED} or later first.",
            )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="next",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad(
            "on a 14 of which nobody knows the release",
            "CREATE INDEX CONCURRENTLY account_email ON account (email);",
            on=(14,),
        ),
        Good(
            "on any later major",
            "CREATE INDEX CONCURRENTLY account_email ON account (email);",
            on=(15, 16, 17, 18),
        ),
    ),
)
