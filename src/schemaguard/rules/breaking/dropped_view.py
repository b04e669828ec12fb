"""
Code that is running fails when a view goes that it reads.

## Why

DROP VIEW takes effect at once, and with CASCADE the views over it go as well. CREATE OR
REPLACE VIEW shows other rows to running code from then on; columns can only be added at its
end.

## Instead

Drop it when no code reads it, in a migration that declares `phase=contract`. For another
query make a view of another name.
"""

from collections.abc import Iterator

from schemaguard.changes.create_view import CreateView
from schemaguard.changes.drop_view import DropView
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A view that is gone, or another."""
    for kind in (DropView, CreateView):
        for _, broken in frame.breaking(kind):
            yield Finding(
                message=f"code that uses the whole schema fails: it needs {broken.needs}",
                because=broken,
                severity=None if broken.certain else Severity.DEPENDS,
                advice="Drop it in a contract migration; give another query another name.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
CREATE TABLE account (id bigint PRIMARY KEY);
    CREATE VIEW accounts AS SELECT id FROM account;
    """,
    examples=(
        Bad("beside running code", "DROP VIEW accounts;"),
        Good("when no code reads it", "DROP VIEW accounts;", phase=Phase.CONTRACT),
    ),
)
