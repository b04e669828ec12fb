"""
CREATE INDEX stops every writer until the index is built.

## Why

`CREATE INDEX` takes a SHARE lock, reads the whole table and sorts it. INSERT, UPDATE
and DELETE on the table wait until it has finished: minutes, for a large one.

## Instead

`CREATE INDEX CONCURRENTLY`, outside a transaction. It takes about twice as long and
stops nobody. If it fails it leaves an invalid index, which is to be dropped before
the next try.

A partitioned table knows no CONCURRENTLY. Write the index down for it alone with
`CREATE INDEX ... ON ONLY`, build one on each partition CONCURRENTLY, and attach each
with `ALTER INDEX ... ATTACH PARTITION`: with the last part the whole is valid.
"""

from collections.abc import Iterator

from schemaguard.changes.create_index import CreateIndex
from schemaguard.costs import BuildIndex
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

_PARTITIONED = "Build it partition by partition with CONCURRENTLY, and attach the parts."


def check(frame: Frame) -> Iterator[Finding]:
    """An index build during which writers wait."""
    for _, build in frame.each(CreateIndex, costing=BuildIndex):
        if build.under.stops_writes:
            yield Finding(
                message=f"nobody can write to {build.table.text} until the index is built",
                because=build,
                advice=_PARTITIONED
                if frame.before.is_partition(build.table)
                else "Build it with CREATE INDEX CONCURRENTLY, outside a transaction.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY, email text);
    CREATE TABLE visit (id bigint, day date) PARTITION BY RANGE (day);
    CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    """,
    examples=(
        Bad("plain", "CREATE INDEX account_email ON account (email);"),
        Good("concurrently", "CREATE INDEX CONCURRENTLY account_email ON account (email);"),
        Good(
            "on a table that the same release makes",
            """
            CREATE TABLE order_line (id bigint PRIMARY KEY, account_id bigint);
            CREATE INDEX order_line_account ON order_line (account_id);
            """,
            ends_elsewhere="it is about another table",
        ),
        Bad(
            "a unique one",
            "CREATE UNIQUE INDEX account_email ON account (email);\n"
            "DROP INDEX CONCURRENTLY account_email;\n"
            "CREATE INDEX CONCURRENTLY account_email ON account (email);",
            phase=Phase.CONTRACT,
        ),
        Bad(
            "of a partitioned table",
            "CREATE INDEX visit_id ON visit (id);",
            ends_elsewhere="it is about another table",
        ),
        Good(
            "of a partitioned table, part by part",
            """
            CREATE INDEX visit_id ON ONLY visit (id);
            CREATE INDEX CONCURRENTLY visit_2026_id_idx ON visit_2026 (id);
            ALTER INDEX visit_id ATTACH PARTITION visit_2026_id_idx;
            """,
            ends_elsewhere="it is about another table",
        ),
    ),
)
