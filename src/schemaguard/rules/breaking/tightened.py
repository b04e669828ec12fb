"""
A constraint on what is there already may refuse what running code writes.

## Why

NOT NULL, CHECK, UNIQUE and FOREIGN KEY count for every write from the moment they are
added, also as NOT VALID. Code that is running was written without them: if it ever
writes what they forbid, these writes fail. Whether it does cannot be seen in the
migration.

## Instead

Release code that keeps to the constraint, mend the rows that do not, and add it in a
migration that declares `phase=contract`. If the running code keeps to it already,
`schemaguard check` with its recorded statements is the proof.
"""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_domain_check import AddDomainCheck
from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.add_using_index import AddUsingIndex
from schemaguard.changes.alter_constraint import AlterConstraint
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.set_domain_not_null import SetDomainNotNull
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

TIGHTENING = (
    AddCheck,
    AddDomainCheck,
    AddExclude,
    AddForeignKey,
    AddNotNull,
    AddPrimaryKey,
    AddUnique,
    AddUsingIndex,
    AlterConstraint,
    CreateIndex,
    SetDomainNotNull,
    SetNotNull,
)


def check(frame: Frame) -> Iterator[Finding]:
    """A tightening, unless the migration declares that old code is gone."""
    for kind in TIGHTENING:
        for _, broken in frame.breaking(kind, certain=False):
            yield _finding(broken)


def _finding(broken: Break) -> Finding:
    return Finding(
        message=f"refuses {broken.needs}; does running code ever write that?",
        because=broken,
        advice="Move it to a contract migration, or settle it with `schemaguard check`.",
    )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, age int);",
    examples=(
        Bad(
            "beside running code, which may write what it forbids",
            """
            ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT grown;
            """,
        ),
        Good(
            "when only code is left that keeps to it",
            """
            ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT grown;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)
