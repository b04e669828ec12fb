"""
A constraint of a domain reads every table that has such a column.

## Why

`ALTER DOMAIN ... ADD CONSTRAINT`, `SET NOT NULL` and `VALIDATE CONSTRAINT` take a SHARE
lock on each table with a column of the domain, all at once, and read all of it. Reads go
on; every INSERT, UPDATE and DELETE on any of these tables waits until the last one is
read. Adding it as NOT VALID reads nothing, but there is no gentle way to validate it
afterwards: VALIDATE takes the same locks. Where the domain is inside of arrays or
composite types, PostgreSQL refuses altogether.

## Instead

Put the constraint on the tables: a CHECK that is NOT VALID, then VALIDATE CONSTRAINT
table by table, which lets writes through. On the domain, leave the constraint NOT VALID:
it holds for every value that is written from then on.
"""

from collections.abc import Iterator

from schemaguard.changes.add_domain_check import AddDomainCheck
from schemaguard.changes.set_domain_not_null import SetDomainNotNull
from schemaguard.changes.validate_domain_constraint import ValidateDomainConstraint
from schemaguard.costs import Scan
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

_LOOKING = (AddDomainCheck, SetDomainNotNull, ValidateDomainConstraint)
_ADVICE = "Put the constraint on the tables, as NOT VALID, and validate it there; or leave it NOT VALID."


def check(frame: Frame) -> Iterator[Finding]:
    """A domain's constraint that costs a scan, or may cost one."""
    for effect, scan in frame.felt:
        if isinstance(effect.change, _LOOKING) and isinstance(scan, Scan):
            domain = effect.change.domain.text
            yield Finding(
                message=f"reads all of {scan.table.text} for {domain} while nobody can write it",
                because=scan,
                advice=_ADVICE,
            )
    for effect in frame.effects if not frame.before.complete else ():
        change = effect.change
        if isinstance(change, _LOOKING) and not effect.costs and _looks(change):
            yield Finding(
                message=f"reads all tables with columns of {change.domain.text} while nobody can write them;"
                " are there any?",
                because=Wording(f"a constraint of domain {change.domain.text}"),
                severity=Severity.DEPENDS,
                advice=_ADVICE,
            )


def _looks(change: AddDomainCheck | SetDomainNotNull | ValidateDomainConstraint) -> bool:
    """Whether it asks for the values that are there."""
    match change:
        case AddDomainCheck(check=added):
            return added.valid
        case SetDomainNotNull(not_null=not_null):
            return not_null
        case ValidateDomainConstraint():
            return True


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
        CREATE DOMAIN age AS int;
        CREATE TABLE person (id bigint PRIMARY KEY, age age);
    """,
    examples=(
        Bad("a CHECK", "ALTER DOMAIN age ADD CONSTRAINT grown CHECK (VALUE > 17);"),
        Bad(
            "validated afterwards, which is no better",
            """
            ALTER DOMAIN age ADD CONSTRAINT grown CHECK (VALUE > 17) NOT VALID;
            ALTER DOMAIN age VALIDATE CONSTRAINT grown;
            """,
        ),
        Good(
            "on the table",
            """
            ALTER TABLE person ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
            ALTER TABLE person VALIDATE CONSTRAINT grown;
            """,
            phase=Phase.CONTRACT,
            ends_elsewhere="the constraint is the table's",
        ),
        Good(
            "for new values only",
            "ALTER DOMAIN age ADD CONSTRAINT grown CHECK (VALUE > 17) NOT VALID;",
            phase=Phase.CONTRACT,
            ends_elsewhere="nobody has proved it of the old values",
        ),
    ),
)
