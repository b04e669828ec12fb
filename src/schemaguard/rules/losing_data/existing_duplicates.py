"""
A unique index is not built over duplicates, and an invalid one stays behind.

## Why

UNIQUE looks at every row that is there. The first duplicate ends the deployment (23505). So
do EXCLUDE and WITHOUT OVERLAPS, whose duplicates are rows that exclude each other (23P01).
CREATE INDEX CONCURRENTLY has then already made the index, and leaves it INVALID: queries do
not use it, but each write has to keep it up, and it refuses further duplicates meanwhile. The
migration cannot be tried again before it is dropped.

## Instead

Ask for duplicates before, on the real data, and settle which of the rows stays. Then build the
index CONCURRENTLY; if it fails all the same, `DROP INDEX CONCURRENTLY` before the next try.
"""

from collections.abc import Iterator

from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.create_index import CreateIndex
from schemaguard.evidence import Refusal
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

BUILDING = AddPrimaryKey | AddUnique | AddExclude | CreateIndex


def check(frame: Frame) -> Iterator[Finding]:
    """A unique index over columns of an old table, of which nothing says that they are unique."""
    for effect in frame.effects:
        if isinstance(effect.change, BUILDING):
            left = isinstance(effect.change, CreateIndex) and effect.change.concurrently
            for broken in effect.breaks:
                state = "23502" if broken.needs.startswith("NULL ") else _state(effect.change)
                yield Finding(
                    message=f"fails if there are {broken.needs}"
                    + (f", and leaves an invalid index ({state})" if left else f" ({state})"),
                    because=Refusal(state, f"there may be {broken.needs}", certain=False),
                    advice="Look for duplicates before, on the real data.",
                )


def _state(change: BUILDING) -> str:
    """What the server says to such rows; EXCLUDE and WITHOUT OVERLAPS look for others than equal ones."""
    match change:
        case AddExclude():
            return "23P01"
        case AddUnique(unique=key) | AddPrimaryKey(key=key) if key.without_overlaps:
            return "23P01"
        case _:
            return "23505"


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
