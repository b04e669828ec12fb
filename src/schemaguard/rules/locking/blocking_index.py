"""
CREATE INDEX stops every writer until the index is built.

## Why

`CREATE INDEX` takes a SHARE lock, reads the whole table and sorts it. INSERT, UPDATE
and DELETE on the table wait until it has finished: minutes, for a large one.

## Instead

`CREATE INDEX CONCURRENTLY`, outside a transaction. It takes about twice as long and
stops nobody. If it fails it leaves an invalid index, which is to be dropped before
the next try.
"""

from collections.abc import Iterator

from schemaguard.changes.create_index import CreateIndex
from schemaguard.costs import BuildIndex
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """An index build during which writers wait."""
    for _, build in frame.each(CreateIndex, costing=BuildIndex):
        if build.under.stops_writes:
            yield Finding(
                message=f"nobody can write to {build.table.text} until the index is built",
                because=build,
                advice="Build it with CREATE INDEX CONCURRENTLY, outside a transaction.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad("plain", "CREATE INDEX account_email ON account (email);"),
        Good("concurrently", "CREATE INDEX CONCURRENTLY account_email ON account (email);"),
        Good(
            "on a table that the same release makes",
            """
            CREATE TABLE visit (id bigint PRIMARY KEY, account_id bigint);
            CREATE INDEX visit_account ON visit (account_id);
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
    ),
)
