"""
A foreign key whose columns no index begins with.

## Why

PostgreSQL makes an index on the side that is pointed to, and none on this one. Each DELETE
of a row there, and each UPDATE of its key, looks for rows here that point to it: without
an index it reads the whole table, once for each row, and its transaction keeps its locks
meanwhile. A join from the other side reads the whole table as well.

## Instead

Create an index that begins with the columns of the foreign key, in any order among
themselves; CONCURRENTLY, if the table is in use.
"""

from collections.abc import Iterator, Sequence

from schemaguard.evidence import Wording
from schemaguard.made import staying
from schemaguard.names import Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import ForeignKey, SchemaState


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A new foreign key without an index when the migration ends."""
    for frame, table, key in staying(frames, ForeignKey):
        if _is_indexed(frames[-1].after, table, key):
            continue
        columns = ", ".join(key.columns)
        known = frame.after.knows(table)
        yield (
            frame,
            Finding(
                message=f"no index of {table.text} begins with ({columns}): a DELETE in {key.target.text}"
                f" reads all of it{'' if known else ', unless there is one that we do not know'}",
                because=Wording(f"foreign key {key.name}"),
                advice=f"Create an index over ({columns}).",
                severity=None if known else Severity.DEPENDS,
            ),
        )


def _is_indexed(schema: SchemaState, table: Relation, key: ForeignKey) -> bool:
    return any(
        index.valid and not index.partial and set(index.columns[: len(key.columns)]) == set(key.columns)
        for _, index in schema.indexes_of(table)
    )


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "no index",
            "CREATE TABLE visit (id bigint PRIMARY KEY, account bigint REFERENCES account);",
        ),
        Bad(
            "an index that does not begin with it",
            """
            CREATE TABLE visit (id bigint PRIMARY KEY, account bigint REFERENCES account, page text);
            CREATE INDEX ON visit (page, account);
            """,
            ends_elsewhere="there is an index",
        ),
        Good(
            "an index",
            """
            CREATE TABLE visit (id bigint PRIMARY KEY, account bigint REFERENCES account);
            CREATE INDEX ON visit (account);
            """,
            ends_elsewhere="there is an index",
        ),
        Good(
            "the key of the table begins with it",
            "CREATE TABLE visit (account bigint REFERENCES account, page text, PRIMARY KEY (account, page));",
            ends_elsewhere="there is another key",
        ),
    ),
)
