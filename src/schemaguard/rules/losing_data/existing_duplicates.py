"""
A unique index is not built over duplicates, and an invalid one stays behind.

## Why

UNIQUE looks at every row that is there. The first duplicate ends the deployment (23505).
CREATE INDEX CONCURRENTLY has then already made the index, and leaves it INVALID: queries do
not use it, but each write has to keep it up, and it refuses further duplicates meanwhile. The
migration cannot be tried again before it is dropped.

## Instead

Ask for duplicates before, on the real data, and settle which of the rows stays. Then build the
index CONCURRENTLY; if it fails all the same, `DROP INDEX CONCURRENTLY` before the next try.
"""

from collections.abc import Iterator

from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.create_index import CreateIndex
from schemaguard.evidence import Refusal
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

BUILDING = AddPrimaryKey | AddUnique | CreateIndex


def check(frame: Frame) -> Iterator[Finding]:
    """A unique index over columns of an old table, of which nothing says that they are unique."""
    for effect in frame.effects:
        if isinstance(effect.change, BUILDING):
            for broken in effect.breaks:
                left = isinstance(effect.change, CreateIndex) and effect.change.concurrently
                yield Finding(
                    message=f"fails if there are {broken.needs}"
                    + (", and leaves an invalid index (23505)" if left else " (23505)"),
                    because=Refusal("23505", f"there may be {broken.needs}", certain=False),
                    advice="Look for duplicates before, on the real data.",
                )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="next",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text, code text UNIQUE);",
    examples=(
        Bad(
            "over rows that nobody has looked at",
            "CREATE UNIQUE INDEX CONCURRENTLY account_email ON account (email);",
            phase=Phase.CONTRACT,
        ),
        Good(
            "over columns of which one is unique already",
            "CREATE UNIQUE INDEX CONCURRENTLY account_code ON account (code, email);",
            ends_elsewhere="it is another index",
        ),
    ),
)
