"""
A foreign key whose column may be NULL asks nothing of the rows that have none.

## Why

NULL points to no row and is taken. Where each row is meant to belong to another one, rows
without an owner come in, and an inner join loses them without a word. Of several columns
one NULL suffices, unless the key says MATCH FULL.

## Instead

Say NOT NULL where each row has to point somewhere. Where it does not, this rule is none for
you: say `schemaguard: allow nullable-foreign-key` at the statement.
"""

from collections.abc import Iterator, Sequence

from schemaguard.evidence import Wording
from schemaguard.made import staying
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import ForeignKey


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A new foreign key with a column that may be NULL when the migration ends."""
    for frame, table, key in staying(frames, ForeignKey):
        columns = {column.name: column for column in frames[-1].after.known(table).columns}
        loose = [name for name in key.columns if name in columns and not columns[name].not_null]
        if loose:
            yield (
                frame,
                Finding(
                    message=f"{', '.join(loose)} of {table.text} may be NULL, and then points nowhere",
                    because=Wording(f"foreign key {key.name}"),
                    advice="Make it NOT NULL, if each row has to point to another.",
                ),
            )


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "it may be NULL", "CREATE TABLE visit (id bigint PRIMARY KEY, account bigint REFERENCES account);"
        ),
        Good(
            "it may not",
            "CREATE TABLE visit (id bigint PRIMARY KEY, account bigint NOT NULL REFERENCES account);",
            ends_elsewhere="it is NOT NULL",
        ),
        Good(
            "part of the primary key",
            "CREATE TABLE visit (account bigint REFERENCES account, page text, PRIMARY KEY (account, page));",
            ends_elsewhere="it is NOT NULL",
        ),
    ),
)
