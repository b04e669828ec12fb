"""
IF NOT EXISTS takes an invalid index for the one that is wanted.

## Why

CREATE INDEX CONCURRENTLY that fails, by a duplicate, a time-out or a lost connection, leaves
an INVALID index of that name. Tried again with IF NOT EXISTS, the statement finds the name,
does nothing, and reports success: the index is never used by a query, refuses duplicates if it
is unique, and every write pays for it. Nobody is told.

## Instead

Drop what a failed try may have left, and build without IF NOT EXISTS: an index that is there
then stops the deployment, which is what one wants to know. `SELECT indexrelid::regclass FROM
pg_index WHERE NOT indisvalid` shows the leftovers.
"""

from collections.abc import Iterator

from schemaguard.changes.create_index import CreateIndex
from schemaguard.evidence import Wording
from schemaguard.phase import Phase
from schemaguard.rule import Advice, Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """CONCURRENTLY IF NOT EXISTS on an old table, unless the index is there and valid."""
    for effect in frame.effects:
        change = effect.change
        match change:
            case CreateIndex(concurrently=True, if_not_exists=True) if change.index.table not in frame.young:
                index = frame.before.indexes.get(change.name)
                if index is not None and index.valid:
                    continue
                left = "is" if index is not None else "may be"
                yield Finding(
                    message=f"does nothing if a failed try has left {change.name.text}, which {left} invalid",
                    because=Wording("IF NOT EXISTS of an index that is built CONCURRENTLY"),
                    advice="Leave out IF NOT EXISTS, and drop before what a failed try has left.",
                    instead=(Advice(Phase.EXPAND, f"DROP INDEX CONCURRENTLY IF EXISTS {change.name}"),),
                )
            case _:
                pass


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad(
            "an invalid one is taken for it",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS account_email ON account (email);",
        ),
        Good(
            "what was left is dropped before",
            """
            DROP INDEX CONCURRENTLY IF EXISTS account_email;
            CREATE INDEX CONCURRENTLY account_email ON account (email);
            """,
        ),
    ),
)
