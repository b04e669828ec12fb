"""
Inserts fail whose sequence goes, or counts otherwise.

## Why

Running code takes its keys from the sequence, by `nextval()` in a default or of its own.
When it is dropped or renamed, these inserts fail. With a smaller type or MAXVALUE they fail
when the limit is reached; after RESTART they are given numbers that exist already, and fail
with duplicate keys. ALTER SEQUENCE also makes everybody who asks for a number wait until its
transaction ends.

## Instead

Drop it when no code uses it. Change how it counts only so that no number can come twice:
RESTART with a number beyond the greatest key, a limit beyond both.
"""

from collections.abc import Iterator

from schemaguard.changes.change_sequence import ChangeSequence
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A sequence that is gone, or whose numbers change."""
    for _, broken in frame.breaking(ChangeSequence):
        yield Finding(
            message=f"code that uses the whole schema fails: it needs {broken.needs}",
            because=broken,
            severity=None if broken.certain else Severity.DEPENDS,
            advice="Move it to a contract migration.",
        )


_GONE = "the sequence is gone"

RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE SEQUENCE ticket;",
    examples=(
        Bad("a smaller type", "ALTER SEQUENCE ticket AS integer;"),
        Bad("it begins anew", "ALTER SEQUENCE ticket RESTART WITH 1;"),
        Bad("it goes", "DROP SEQUENCE ticket;", ends_elsewhere=_GONE),
        Good("when no code uses it", "DROP SEQUENCE ticket;", phase=Phase.CONTRACT, ends_elsewhere=_GONE),
        Good("more numbers at once", "ALTER SEQUENCE ticket CACHE 20;"),
    ),
)
