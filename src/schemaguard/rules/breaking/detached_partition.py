"""
Code that looks for the rows of a detached partition does not find them.

## Why

A partition that is detached is a table of its own: SELECT, UPDATE and DELETE on the whole
table no longer see its rows, and an INSERT of such a row fails (23514) or lands in the DEFAULT
partition. No statement of the code fails for that; its answers change. Whether running
code ever asks for these rows cannot be seen in the migration.

## Instead

Release code that no longer asks for them, and detach the partition in a migration that
declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.detach_partition import DetachPartition
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A partition that leaves its table beside running code."""
    for change, broken in frame.breaking(DetachPartition):
        yield Finding(
            message=f"hides {broken.needs}; does running code ever ask for them?",
            because=broken,
            advice=f"Detach {change.partition.text} in a contract migration.",
        )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="next",
    given="""
    CREATE TABLE visit (day date NOT NULL) PARTITION BY RANGE (day);
    CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    """,
    examples=(
        Bad("beside running code", "ALTER TABLE visit DETACH PARTITION visit_2025 CONCURRENTLY;"),
        Good(
            "when no code asks for its rows",
            "ALTER TABLE visit DETACH PARTITION visit_2025 CONCURRENTLY;",
            phase=Phase.CONTRACT,
        ),
    ),
)
