"""
Rows are moved in a migration that declares itself to be the expand phase.

## Why

Expand goes first and alone, and is to be over in a moment: it only adds what running
code does not notice. INSERT, UPDATE, DELETE and MERGE on a table that is in use take as
long as there are rows, hold each row that they touch to the end of the transaction, and
work on rows that running code goes on writing. Who looks for the backfill of a release
does not look for it there, and who takes the expand phase back does not get the rows back.

Statements that belong to the contract phase the rules of the family *breaking* report,
in an expand and in a backfill migration.

## Instead

Put them into a migration of their own that declares `phase=backfill`, or let
`schemaguard split` make a backfill in small batches of them. Rows of a table that the
same release makes belong to expand: no running code knows it.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """Rows of a table in use that are moved in the expand phase."""
    if frame.phase is not Phase.EXPAND:
        return
    moved = dict.fromkeys(cost.table for effect, cost in frame.felt if effect.change.moves_data)
    if moved:
        names = ", ".join(table.text for table in moved)
        yield Finding(
            message=f"works on rows of {names} in the expand phase, and belongs to the backfill",
            because=Wording(f"it works on rows of {names}"),
            advice="Put it into a migration that declares phase=backfill.",
        )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, country text);",
    examples=(
        Bad(
            "beside what expands",
            """
            ALTER TABLE account ADD COLUMN fax text;
            UPDATE account SET fax = 'none' WHERE id = 1;
            """,
        ),
        Good(
            "in the backfill",
            """
            ALTER TABLE account ADD COLUMN fax text;
            UPDATE account SET fax = 'none' WHERE id = 1;
            """,
            phase=Phase.BACKFILL,
        ),
        Good(
            "rows of a new table",
            """
            CREATE TABLE country (code text PRIMARY KEY, name text);
            INSERT INTO country VALUES ('CH', 'Switzerland');
            """,
            ends_elsewhere="it is about another table",
        ),
    ),
)
