"""
An earlier release's constraint is still NOT VALID when its table changes.

## Why

NOT VALID is half of a recipe: it refuses new rows and says nothing about the old ones.
The planner does not count on such a constraint, SET NOT NULL reads the whole table in
spite of it, and each dump and copy of the database has it NOT VALID again. The other half
is easily forgotten.

## Instead

VALIDATE CONSTRAINT reads the table beside its readers and writers. If rows are in the way,
correct them first; if the constraint is no longer meant, drop it.
"""

from collections.abc import Iterator, Sequence

from schemaguard.evidence import Wording
from schemaguard.names import Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import TableState


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A table that the migration finds with such a constraint, changes, and leaves with it."""
    told = set[Relation]()
    for frame in frames:
        for table in sorted(_changed(frame) - told):
            told.add(table)
            found = frames[0].before.known(table)
            for name in sorted(_unvalidated(found) & _unvalidated(frames[-1].after.known(table))):
                yield (
                    frame,
                    Finding(
                        message=f"{name} of {table.text} is NOT VALID since an earlier release",
                        because=Wording(f"constraint {name}"),
                        advice=f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}.",
                    ),
                )


def _changed(frame: Frame) -> set[Relation]:
    before, after = frame.before.tables, frame.after.tables
    return {table for table, state in before.items() if after.get(table, state) is not state}


def _unvalidated(state: TableState) -> set[str]:
    """Its own constraints that are NOT VALID; what is not enforced cannot be validated."""
    keys = {key.name for key in state.foreign_keys() if not key.valid and key.enforced and not key.inherited}
    checks = (check for check in state.checks() if not check.valid and check.enforced)
    columns = (column for column in state.columns if column.not_null and not column.not_null_as.valid)
    nullable = {column.not_null_as.name for column in columns if not column.not_null_as.inherited}
    return keys | nullable | {check.name for check in checks if not check.inherited}


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY, age int);
    ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
    """,
    examples=(
        Bad("changed again", "ALTER TABLE account ADD COLUMN fax text;"),
        Good(
            "validated first",
            """
            ALTER TABLE account VALIDATE CONSTRAINT grown;
            ALTER TABLE account ADD COLUMN fax text;
            """,
            ends_elsewhere="the constraint is valid",
        ),
        Good(
            "its own is for the next release",
            """
            ALTER TABLE account VALIDATE CONSTRAINT grown;
            ALTER TABLE account ADD CONSTRAINT alive CHECK (age < 150) NOT VALID;
            """,
            ends_elsewhere="there is another constraint",
        ),
    ),
)
