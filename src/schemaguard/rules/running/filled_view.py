"""
CREATE MATERIALIZED VIEW runs its query in the middle of the migration.

## Why

WITH DATA, which is what nothing said means, the query runs to its end before the statement
returns. It stops nobody, but it takes as long as it takes: the deployment waits, all locks
that the transaction has taken before are kept meanwhile, its old snapshot keeps VACUUM from
cleaning up everywhere, and a `statement_timeout` that is right for a migration ends it.

## Instead

Create it WITH NO DATA, which takes a moment, and REFRESH it in a step of its own, in the
backfill or by the job that refreshes it anyway. Nobody can read it before. This rule is off
unless it is chosen: where the tables are small there is no harm.
"""

from collections.abc import Iterator

from schemaguard.changes.create_view import CreateView
from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A materialized view over old tables that is filled at once."""
    if frame.phase is Phase.BACKFILL:
        return
    for effect in frame.effects:
        change = effect.change
        if isinstance(change, CreateView) and change.materialized and change.filled:
            locks = [cost for felt, cost in frame.felt if felt is effect and isinstance(cost, Lock)]
            for lock in locks[:1]:
                yield Finding(
                    message=f"runs the query of {change.view.text} over {lock.table.text} before it goes on",
                    because=lock,
                    advice="WITH NO DATA, and REFRESH MATERIALIZED VIEW in the backfill.",
                )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE visit (id bigint PRIMARY KEY, day date);",
    examples=(
        Bad(
            "filled at once",
            "CREATE MATERIALIZED VIEW daily AS SELECT day, count(*) FROM visit GROUP BY day;",
        ),
        Good(
            "filled later",
            "CREATE MATERIALIZED VIEW daily AS SELECT day, count(*) FROM visit GROUP BY day WITH NO DATA;",
        ),
        Good(
            "filled in the backfill",
            "CREATE MATERIALIZED VIEW daily AS SELECT day, count(*) FROM visit GROUP BY day;",
            phase=Phase.BACKFILL,
        ),
    ),
)
