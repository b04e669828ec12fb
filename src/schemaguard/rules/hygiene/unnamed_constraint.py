"""
A constraint without a name gets one that nobody has written down.

## Why

PostgreSQL chooses a name from the table and the columns, and adds a number where it is
taken: `account_check`, `account_check1`. Which CHECK has which number hangs on the order in
which they were made, so that it may be another one in production than in the tests. The
migration that drops it has to guess, and so does code that asks which constraint was
violated.

## Instead

Say `CONSTRAINT name` before it. In SQLAlchemy, `MetaData(naming_convention=...)` names
them all.

A primary key is the only one of its table, and may go without.
"""

from collections.abc import Iterator

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.create_table import CreateTable
from schemaguard.evidence import Wording
from schemaguard.names import Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import Check, Constraint, Exclude, ForeignKey, Unique


def check(frame: Frame) -> Iterator[Finding]:
    """A new constraint whose name PostgreSQL has to choose."""
    for table, constraint in _written(frame):
        kind = _kind(constraint)
        if not constraint.name and kind:
            yield Finding(
                message=f"PostgreSQL chooses the name of this {kind} of {table.text}",
                because=Wording(f"it gives the {kind} no name"),
                advice="Say CONSTRAINT and a name before it.",
            )


def _written(frame: Frame) -> Iterator[tuple[Relation, Constraint]]:
    for effect in frame.effects:
        match effect.change:
            case CreateTable(table=table, constraints=written) | AddColumn(table=table, constraints=written):
                yield from ((table, constraint) for constraint in written)
            case (
                AddCheck(table, constraint) | AddForeignKey(table, constraint) | AddUnique(table, constraint)
            ):
                yield table, constraint
            case _:
                pass  # All others take a name, or have no choice.


def _kind(constraint: Constraint) -> str:
    match constraint:
        case Check():
            return "CHECK"
        case ForeignKey():
            return "foreign key"
        case Unique(primary=primary):
            return "" if primary else "unique constraint"
        case Exclude():
            return "EXCLUDE"


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad("no name", "CREATE TABLE account (id bigint PRIMARY KEY, age int CHECK (age > 17));"),
        Good(
            "a name",
            """
            CREATE TABLE account (
                id bigint PRIMARY KEY, age int CONSTRAINT account_age_check CHECK (age > 17)
            );
            """,
        ),
    ),
)
