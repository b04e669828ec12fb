"""
A type change that PostgreSQL cannot do in place writes every row anew.

## Why

Few changes are free: a longer `varchar`, `varchar` to `text`, more digits of a `numeric`
with the same scale. For all others, and for every USING expression, PostgreSQL writes
the table and all its indexes anew under an ACCESS EXCLUSIVE lock, and nobody can read
or write until it is done.

Where the new type is narrower, values that do not fit stop the deployment (22003, 22001);
others lose in silence what has no place: numbers their digits behind the point, timestamps
their fractions or the time of the day, texts their end where USING casts them.

An index with an expression or a WHERE, or of another collation, is built anew even where the
rows stay as they are, and a valid CHECK on the column reads them all again.

## Instead

Add a column of the new type, keep both in step with a trigger, fill the new one in
batches, and let it take the old one's place at the end. `schemaguard split` writes
these steps for a renamed column. Look before for values that do not fit, and decide what
becomes of them.
"""

from collections.abc import Iterator

from schemaguard.changes.change_attribute import ChangeAttribute
from schemaguard.changes.change_type import ChangeType
from schemaguard.costs import BuildIndex, Rewrite, Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A type change that costs a rewrite, an index build or a scan; also of the tables OF a type."""
    for kind in (ChangeType, ChangeAttribute):
        for _, rewrite in frame.each(kind, costing=Rewrite):
            yield Finding(
                message=f"writes {rewrite.table.text} and its indexes anew while no query can use it",
                because=rewrite,
                advice="Add a column of the new type and move the data in batches.",
            )
        for _, build in frame.each(kind, costing=BuildIndex):
            yield Finding(
                message=f"builds an index on {build.table.text} anew while no query can use the table",
                because=build,
                advice="Add a column of the new type and move the data in batches.",
            )
        for _, scan in frame.each(kind, costing=Scan):
            yield Finding(
                message=f"checks every row of {scan.table.text} again while no query can use it",
                because=scan,
                advice="Drop the constraint on the column first, and add it again NOT VALID afterwards.",
            )
    for effect in frame.effects:
        if isinstance(effect.change, ChangeType):
            for loss in effect.losses:
                yield Finding(
                    message=f"loses {loss.what}, for which {effect.change.type} has no place",
                    because=loss,
                    advice="Look at the values before, and decide in USING what becomes of them.",
                )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, visits numeric(10, 2), name varchar(20));",
    examples=(
        Bad(
            "digits behind the point are gone as well",
            "ALTER TABLE account ALTER COLUMN visits TYPE bigint;",
            phase=Phase.CONTRACT,
        ),
        Good(
            "a longer text is free",
            "ALTER TABLE account ALTER COLUMN name TYPE varchar(40);",
            phase=Phase.CONTRACT,
            ends_elsewhere="it is about another column",
        ),
    ),
)
