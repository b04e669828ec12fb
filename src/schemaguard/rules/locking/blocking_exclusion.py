"""
An EXCLUDE constraint builds its index while nobody can use the table.

## Why

`ADD CONSTRAINT ... EXCLUDE` takes an ACCESS EXCLUSIVE lock, builds an index under it and
looks for each row whether another excludes it. Every query on the table waits until the
last row is in the index. UNIQUE and PRIMARY KEY that are WITHOUT OVERLAPS (18) do the same.

## Instead

There is no way to add one while the table is in use: it cannot be NOT VALID, and no index
that is there can become one. What is left: have it from the start; add it while nobody
needs the table, with a short `lock_timeout` and a measured duration; or fill a new table
that has it and change the names, as for a change of the partition key. Where equality is
all that it compares, a unique index does the same, and can be built CONCURRENTLY.
"""

from collections.abc import Iterator

from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.costs import BuildIndex
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """An EXCLUDE constraint that costs an index build."""
    builds = [build for _, build in frame.each(AddExclude, costing=BuildIndex)]
    uniques = frame.each(AddUnique, costing=BuildIndex)
    builds += [build for change, build in uniques if change.unique.without_overlaps]
    keys = frame.each(AddPrimaryKey, costing=BuildIndex)
    builds += [build for change, build in keys if change.key.without_overlaps]
    for build in builds:
        yield Finding(
            message=f"builds an index on {build.table.text} while no query can use the table",
            because=build,
            advice="There is no online way: do it while nobody needs the table, or fill a new one.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="next",
    given="CREATE TABLE booking (id bigint PRIMARY KEY, during tstzrange);",
    examples=(
        Bad(
            "on a table that is in use",
            "ALTER TABLE booking ADD CONSTRAINT apart EXCLUDE USING gist (during WITH &&);",
        ),
        Good(
            "from the start",
            """
            CREATE TABLE lease (
                id bigint PRIMARY KEY,
                during tstzrange,
                CONSTRAINT leases_apart EXCLUDE USING gist (during WITH &&)
            );
            """,
            ends_elsewhere="it is another table",
        ),
    ),
)
