"""
REINDEX stops writers until the indexes are built, and most readers with them.

## Why

REINDEX takes SHARE on the table, so that INSERT, UPDATE and DELETE wait, and ACCESS
EXCLUSIVE on each index it builds. Whoever plans a query on the table looks at all of its
indexes, also at those that the query will not use: so SELECTs wait as well, except those
that were planned before. It reads the whole table, and takes the longer the larger it is.

## Instead

`REINDEX ... CONCURRENTLY`, outside a transaction. It builds a second index beside the
first and stops nobody; if it fails it leaves an invalid index with the suffix `_ccnew`,
which is to be dropped. Of a partitioned table do one partition after the other: for
the whole, CONCURRENTLY first locks all partitions against writers, if only for a moment.
"""

from collections.abc import Iterator

from schemaguard.changes.reindex import Reindex, Whole
from schemaguard.costs import BuildIndex
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity

ADVICE = "Use REINDEX ... CONCURRENTLY, outside a transaction."


def check(frame: Frame) -> Iterator[Finding]:
    """Index builds during which writers wait, and those of which we know no table."""
    for reindex, build in frame.each(Reindex, costing=BuildIndex):
        if build.under.stops_writes:
            table = reindex.stands_for(frame.before) or build.table.text
            message = f"nobody can write to {table} until its index is built, and most reads wait"
            yield Finding(message=message, because=build, advice=ADVICE)
    for effect in frame.effects:
        change = effect.change
        if isinstance(change, Reindex) and change.whole and not effect.costs and not change.concurrently:
            what = "the system's catalogs" if change.whole is Whole.SYSTEM else f"all tables of {change.name}"
            message = f"builds the indexes of {what} anew; who needs one of them waits"
            yield Finding(message=message, because=Wording(what), severity=Severity.WARNING)


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad("a table", "REINDEX TABLE account;"),
        Bad("an index", "REINDEX INDEX account_pkey;"),
        Bad("a schema", "REINDEX SCHEMA public;"),
        Good("concurrently", "REINDEX TABLE CONCURRENTLY account;"),
        Good("one index of it", "REINDEX INDEX CONCURRENTLY account_pkey;"),
    ),
)
