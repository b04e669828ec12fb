"""
A name of more than 63 bytes is cut, and nobody but a NOTICE says so.

## Why

PostgreSQL keeps the first 63 bytes. The statement succeeds, and what the code and the next
migration look for has another name in the catalog: tools that compare models with the
database find a difference for ever, and a second name that begins alike is the same one:
`already exists`. A letter beyond ASCII takes two bytes or more.

## Instead

Take a shorter name, also where a tool makes names from tables and columns.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.named import names, written
from schemaguard.names import MAX_BYTES
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A new name that is not the one that is written."""
    cut = {kept: said for kept, said in written(frame).items() if kept != said}
    for named in names(frame) if cut else ():
        said = cut.get(named.name)
        if said is not None:
            size = len(said.encode(errors="surrogatepass"))
            yield Finding(
                message=f"{said} has {size} bytes: the {named.kind} is called {named.name}",
                because=Wording(said),
                advice=f"Take a name of at most {MAX_BYTES} bytes.",
            )


_LONG = "of_all_accounts_whose_owners_have_not_been_heard_of_for_more_than_a_year"

RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad("an index", f"CREATE INDEX CONCURRENTLY email_{_LONG} ON account (email);"),
        Bad(
            "a column",
            f"ALTER TABLE account ADD COLUMN number_{_LONG} int;",
            ends_elsewhere="it is about a column",
        ),
        Good(
            "a shorter one",
            "CREATE INDEX CONCURRENTLY email_of_lost ON account (email);",
            ends_elsewhere="the name is another",
        ),
    ),
)
