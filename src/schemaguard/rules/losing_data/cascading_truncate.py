"""
TRUNCATE ... CASCADE empties tables that the statement does not name.

## Why

CASCADE empties every table that refers to the named one by a foreign key, and all that
refer to those, whatever their keys say about ON DELETE. Each of them is locked with
ACCESS EXCLUSIVE. A foreign key that somebody adds next year makes the same statement
empty one table more.

## Instead

Name each table that is to be emptied, in one statement, and leave CASCADE out. PostgreSQL
then refuses it as soon as another table refers to one of them.
"""

from collections.abc import Iterator

from schemaguard.changes.truncate_tables import TruncateTables
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity

ADVICE = "Name all the tables, and leave CASCADE out."


def check(frame: Frame) -> Iterator[Finding]:
    """The rows of tables that are not named, also where old code is gone."""
    for effect in frame.effects:
        change = effect.change
        if not isinstance(change, TruncateTables) or not change.cascade:
            continue
        named = {f"the rows of {table.text}" for table in change.named(frame.before)}
        for loss in effect.losses:
            if loss.what not in named:
                message = f"{loss.what} are gone, too: it refers to a table that is emptied"
                yield Finding(message=message, because=loss, advice=ADVICE)
        if not frame.before.complete and effect.losses:
            yield Finding(
                message="empties every table that refers to these, and not all that do may be known",
                because=Wording("CASCADE"),
                advice=ADVICE,
                severity=Severity.DEPENDS,
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY);
    CREATE TABLE visit (id bigint PRIMARY KEY, account_id bigint REFERENCES account);
    """,
    examples=(
        Bad("what refers to it goes with it", "TRUNCATE account CASCADE;", phase=Phase.CONTRACT),
        Good("all are named", "TRUNCATE account, visit;", phase=Phase.CONTRACT),
    ),
)
