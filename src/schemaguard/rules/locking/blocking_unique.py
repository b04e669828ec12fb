"""
UNIQUE and PRIMARY KEY build their index while nobody can use the table.

## Why

`ADD CONSTRAINT ... UNIQUE` and `ADD PRIMARY KEY` take an ACCESS EXCLUSIVE lock and
build an index under it. Every query on the table waits until it is built.

## Instead

Build the unique index with CREATE UNIQUE INDEX CONCURRENTLY, then make it the
constraint's with ADD CONSTRAINT ... UNIQUE USING INDEX, which only takes a short
lock. For a primary key the columns have to be NOT NULL before.

A partitioned table takes no USING INDEX. Add the constraint with `ALTER TABLE ONLY`,
to each partition USING INDEX, and attach each index with `ALTER INDEX ... ATTACH
PARTITION`: with the last part the whole is valid.
"""

from collections.abc import Iterator

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.add_using_index import AddUsingIndex
from schemaguard.changes.base import Change
from schemaguard.costs import BuildIndex, Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

_PARTITIONED = "Add it to the table ONLY, then to each partition USING INDEX, and attach the parts."


def check(frame: Frame) -> Iterator[Finding]:
    """A constraint that costs an index build, or a primary key that costs a scan."""
    for kind in (AddUnique, AddPrimaryKey, AddColumn):
        for change, build in frame.each(kind, costing=BuildIndex):
            if apart(change):
                continue  # See blocking-exclusion.
            yield Finding(
                message=f"builds an index on {build.table.text} while no query can use the table",
                because=build,
                advice=_PARTITIONED
                if frame.before.is_partition(build.table)
                else "Build a unique index CONCURRENTLY first, then add the constraint USING INDEX.",
            )
    for other in (AddPrimaryKey, AddUsingIndex):
        for _, scan in frame.each(other, costing=Scan):
            yield Finding(
                message=f"reads all of {scan.table.text} for NULLs in the key while no query can use it",
                because=scan,
                advice="Make the columns NOT NULL first, by way of a validated CHECK.",
            )


def apart(change: Change) -> bool:
    """Whether it is WITHOUT OVERLAPS, for which no index can be built before."""
    match change:
        case AddUnique(unique=key) | AddPrimaryKey(key=key):
            return key.without_overlaps
        case _:
            return False


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad(
            "straight away",
            "ALTER TABLE account ADD CONSTRAINT account_email_key UNIQUE (email);",
        ),
        Good(
            "over an index that is there",
            """
            CREATE UNIQUE INDEX CONCURRENTLY account_email_key ON account (email);
            ALTER TABLE account ADD CONSTRAINT account_email_key UNIQUE USING INDEX account_email_key;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)
