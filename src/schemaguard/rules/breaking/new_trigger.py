"""
A new trigger acts on the writes of running code, which does not know of it.

## Why

From the moment that CREATE TRIGGER commits the function runs for each row, or each statement,
of everybody. It may change what is written, write elsewhere, or refuse; if it fails, the write
fails with it. It makes each write slower, and takes locks that the code never took. CREATE
TRIGGER itself waits for all transactions that have written to the table, and those that want
to write wait behind it.

## Instead

A trigger is the means by which a release keeps an old and a new shape in step: make it so that
code which does not know of it is right all the same, try it with that code's writes, and set a
short `lock_timeout`. What only new code needs belongs into a migration that declares
`phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A trigger on a table that running code may write to."""
    if frame.phase is Phase.CONTRACT:
        return
    for change, lock in frame.each(CreateTrigger, costing=Lock):
        if lock.table == change.table:
            yield Finding(
                message=f"{change.name} acts on what running code writes to {lock.table.text}",
                because=lock,
                advice="Try it with the writes of the running code.",
            )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="next",
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY, email text);
    CREATE FUNCTION lower_email() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN NEW.email := lower(NEW.email); RETURN NEW; END';
    """,
    examples=(
        Bad(
            "beside running code",
            """
            CREATE TRIGGER lower_email BEFORE INSERT OR UPDATE ON account
                FOR EACH ROW EXECUTE FUNCTION lower_email();
            """,
        ),
        Good(
            "when only code is left that knows of it",
            """
            CREATE TRIGGER lower_email BEFORE INSERT OR UPDATE ON account
                FOR EACH ROW EXECUTE FUNCTION lower_email();
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)
