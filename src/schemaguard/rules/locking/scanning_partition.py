"""
A new partition is read, and its indexes built, while queries wait.

## Why

ATTACH PARTITION lets queries on the whole table go on, but not those that meet the new
partition, or its DEFAULT partition. It takes an ACCESS EXCLUSIVE lock on both, and reads
them from end to end: the new one to see that each row fits the bounds, the DEFAULT one to
see that none of its rows belongs into the new one. Under the same lock it builds each
index that the whole has and the new partition has not, and checks the foreign keys of the
whole. CREATE TABLE ... PARTITION OF reads the DEFAULT partition as well, while nobody can
use the whole.

## Instead

Do the work before, while nobody waits. A CHECK that says what the bounds say, added NOT
VALID and validated, proves where the rows belong: ATTACH PARTITION then reads nothing. The
columns of the key must be NOT NULL. Build the indexes with CREATE INDEX CONCURRENTLY, and
add the foreign keys NOT VALID and validate them; ATTACH takes what is there. Afterwards the
CHECK can go. A DEFAULT partition needs a CHECK as well, one that excludes the new bounds.
"""

from collections.abc import Iterator

from schemaguard.changes.attach_partition import AttachPartition
from schemaguard.changes.create_table import CreateTable
from schemaguard.costs import BuildIndex, Scan, blocks
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity

PROVE = "Add a CHECK that proves where its rows belong NOT VALID, and validate it, before."


def check(frame: Frame) -> Iterator[Finding]:
    """The work on a table that becomes a partition, and on those beside it."""
    for kind in (AttachPartition, CreateTable):
        for change, scan in frame.each(kind, costing=Scan):
            if blocks(scan):
                keys = isinstance(change, AttachPartition) and not scan.under.stops_reads
                yield Finding(
                    message=f"reads all of {scan.table.text} while "
                    + ("nobody can write to it" if keys else "no query can use it"),
                    because=scan,
                    advice="Add the foreign key NOT VALID, and validate it, before." if keys else PROVE,
                )
    for attach, build in frame.each(AttachPartition, costing=BuildIndex):
        yield Finding(
            message=f"builds the indexes that {build.table.text} lacks while no query can use it",
            because=build,
            advice=f"CREATE INDEX CONCURRENTLY on {attach.partition.text} before, like those of the whole.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="next",
    given="""
    CREATE TABLE visit (day date NOT NULL, page text) PARTITION BY RANGE (day);
    CREATE INDEX visit_page ON visit (page);
    CREATE TABLE visit_2026 (day date NOT NULL, page text);
    """,
    examples=(
        Bad(
            "nothing is prepared",
            "ALTER TABLE visit ATTACH PARTITION visit_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
        ),
        Bad(
            "the rows are proven to fit, but the index is missing",
            """
            ALTER TABLE visit_2026 ADD CONSTRAINT of_2026
                CHECK (day >= '2026-01-01' AND day < '2027-01-01') NOT VALID;
            ALTER TABLE visit_2026 VALIDATE CONSTRAINT of_2026;
            ALTER TABLE visit ATTACH PARTITION visit_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
            ALTER TABLE visit_2026 DROP CONSTRAINT of_2026;
            """,
        ),
        Bad(
            "the index is there, but nothing proves that the rows fit",
            """
            CREATE INDEX CONCURRENTLY visit_2026_page_idx ON visit_2026 (page);
            ALTER TABLE visit ATTACH PARTITION visit_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
            """,
        ),
        Good(
            "all is there before",
            """
            CREATE INDEX CONCURRENTLY visit_2026_page_idx ON visit_2026 (page);
            ALTER TABLE visit_2026 ADD CONSTRAINT of_2026
                CHECK (day >= '2026-01-01' AND day < '2027-01-01') NOT VALID;
            ALTER TABLE visit_2026 VALIDATE CONSTRAINT of_2026;
            ALTER TABLE visit ATTACH PARTITION visit_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
            ALTER TABLE visit_2026 DROP CONSTRAINT of_2026;
            """,
        ),
    ),
)
