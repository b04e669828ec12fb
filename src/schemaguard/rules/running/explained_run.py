"""
EXPLAIN ANALYZE runs the statement that it explains.

## Why

With ANALYZE the server does all that the statement says, in order to measure it: rows are
written or gone, and their locks are held to the end of the transaction. A migration that
was only to look at a plan has changed the data.

## Instead

EXPLAIN without ANALYZE plans and runs nothing. To measure, run it by hand in a transaction
which ROLLBACK ends, on a copy of the data.
"""

from collections.abc import Iterator

from schemaguard.changes.explain_analyze import ExplainAnalyze
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """An ANALYZE of a statement that writes."""
    for effect in frame.effects:
        if isinstance(effect.change, ExplainAnalyze) and effect.change.writes:
            yield Finding(
                message="runs the statement that it explains, and what that writes stays",
                because=Wording("ANALYZE"),
                advice="Leave out ANALYZE, or leave out EXPLAIN.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, country text);",
    examples=(
        Bad("a delete is run", "EXPLAIN ANALYZE DELETE FROM account WHERE id = 1;"),
        Good("a plan alone", "EXPLAIN DELETE FROM account WHERE id = 1;"),
        Good("reading is harmless", "EXPLAIN (ANALYZE, COSTS off) SELECT * FROM account WHERE id = 1;"),
    ),
)
