"""
VACUUM FULL and CLUSTER write the whole table anew while nobody can use it.

## Why

Both take ACCESS EXCLUSIVE, copy every row into a new file and build all indexes again.
Until that is done each SELECT, INSERT, UPDATE and DELETE on the table waits; the more
rows, the longer. The copy needs as much free disk as the table and its indexes have.
Plain VACUUM has nothing in common with it: it runs beside reads and writes.

## Instead

Plain VACUUM makes the space of dead rows free for new ones, and that is nearly always
enough. Where a table has to shrink, tools such as pg_repack or pg_squeeze copy it
while it is in use, and lock it only for a moment at the end.
"""

from collections.abc import Iterator

from schemaguard.changes.cluster_table import ClusterTable
from schemaguard.changes.vacuum import Vacuum
from schemaguard.costs import Rewrite
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity

ADVICE = "Plain VACUUM runs beside reads and writes; pg_repack shrinks a table that is in use."


def check(frame: Frame) -> Iterator[Finding]:
    """A table that is written anew, or a whole database of which we know no table."""
    for kind in (Vacuum, ClusterTable):
        for _, rewrite in frame.each(kind, costing=Rewrite):
            message = f"writes all of {rewrite.table.text} anew while no query can use it"
            yield Finding(message=message, because=rewrite, advice=ADVICE)
    for effect in frame.effects:
        match effect.change:
            case Vacuum(table=None, full=True) | ClusterTable(table=None) if not effect.costs:
                wording = Wording("every table of the database")
                message = "writes one table of the database after the other anew while no query can use it"
                yield Finding(message=message, because=wording, advice=ADVICE)


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE visit (id bigint PRIMARY KEY, at date); CREATE INDEX visit_at ON visit (at);",
    examples=(
        Bad("full", "VACUUM FULL visit;"),
        Bad("as an option", "VACUUM (FULL, ANALYZE) visit;"),
        Bad("in the order of an index", "CLUSTER visit USING visit_at;"),
        Bad("everything", "VACUUM FULL;"),
        Good("plain", "VACUUM ANALYZE visit;"),
        Good(
            "a table that the same release makes",
            "CREATE TABLE page (id bigint); VACUUM FULL page;",
            ends_elsewhere="it is about another table",
        ),
    ),
)
