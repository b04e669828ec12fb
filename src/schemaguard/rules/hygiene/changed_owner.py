"""
A new owner may do all with a table, and the old one nothing any more.

## Why

The owner needs no privilege: it alters and drops, switches triggers off, and is
asked by no row security policy. Code and migrations that run as the old owner are
refused from that moment, unless they have been granted what they need. And the role that
migrates must be a member of both, which in production it often is not.

## Instead

Let one role without login own everything, migrate as a member of it, and grant to the
roles of running code what they need.
"""

from collections.abc import Iterator

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.change_in_cluster import ChangeInCluster
from schemaguard.changes.change_sequence import ChangeSequence
from schemaguard.changes.reassign_owned import ReassignOwned
from schemaguard.changes.set_option import SetOption
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.things import described


def check(frame: Frame) -> Iterator[Finding]:
    """A change of owner."""
    for effect in frame.effects:
        what = _handed_over(effect.change)
        if what:
            yield Finding(
                message=f"{what} has another owner: who runs as the old one may be refused",
                because=Wording("OWNER TO"),
                advice="Leave the owner, and grant what is needed.",
            )


def _handed_over(change: Change) -> str:
    match change:
        case SetOption(table=table, what="OWNER TO"):
            return table.text
        case AlterThing(thing=thing, action="owner to"):
            return described(thing)
        case ChangeSequence(sequence=sequence, options=options) if "OWNER" in options:
            return f"sequence {sequence.text}"
        case ChangeInCluster(kind="database", name=name, what=("owner",)):
            return f"database {name}"
        case ReassignOwned(roles=roles):
            return f"all that {', '.join(roles)} owns here"
        case _:
            return ""


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("a table", "ALTER TABLE account OWNER TO CURRENT_USER;"),
        Good("what is needed", "GRANT SELECT ON account TO CURRENT_USER;"),
    ),
)
