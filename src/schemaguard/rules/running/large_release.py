"""
A release changes more of the existing schema than one release should.

## Why

Each change of a table that is in use is a lock that has to be got while the service
runs, and a thing that may be wrong. Twenty of them in one release are twenty chances to
stop in the middle, and when something goes wrong afterwards nobody knows which of them it
was. Rolling back means to take all of them back.

What a release makes anew does not count: no running code uses it.

## Instead

Release in smaller parts: one table, or one feature, at a time. `max-changes` and
`max-tables` in the configuration say how much is too much (without them: 20 changes, 5
tables), and to set one of them switches this rule on.
"""

from collections.abc import Iterator, Sequence

from schemaguard.costs import Lock
from schemaguard.evidence import Wording
from schemaguard.names import Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """The statement with which it becomes too much: of changes, and of tables."""
    changes, tables = 0, set[Relation]()
    for frame in frames:
        limits = frame.server.limits
        had = (changes, len(tables))
        for effect in frame.effects:
            touched = {c.table for c in effect.costs if isinstance(c, Lock) and c.table not in frame.young}
            if touched and not effect.change.moves_data:
                changes += 1
                tables |= touched
        if had[0] <= limits.max_changes < changes:
            yield frame, _finding(f"{changes} changes to existing tables", limits.max_changes)
        if had[1] <= limits.max_tables < len(tables):
            yield frame, _finding(f"changes to {len(tables)} existing tables", limits.max_tables)


def _finding(much: str, limit: int) -> Finding:
    return Finding(
        message=f"with this the release makes {much}, and {limit} are one release's at most",
        because=Wording(much),
        advice="Release it in smaller parts.",
    )


_COLUMNS = ", ".join(f"ADD COLUMN extra_{number} text" for number in range(21))

RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad("many changes", f"ALTER TABLE account {_COLUMNS};"),
        Good(
            "one of them",
            "ALTER TABLE account ADD COLUMN extra_0 text;",
            ends_elsewhere="it is the first part",
        ),
        Good(
            "what is new does not count",
            f"""
            CREATE TABLE visit (id bigint PRIMARY KEY);
            ALTER TABLE visit {_COLUMNS};
            """,
            ends_elsewhere="it is about another table",
        ),
    ),
)
