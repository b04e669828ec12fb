"""
A dropped extension takes its functions, types and operators from running code.

## Why

Each query that calls one of them fails from that moment. Without CASCADE, PostgreSQL refuses
to drop an extension on which a column, an index, a default or a view rests. With CASCADE
those go, too: a column of its type with all its values, an index that made a query fast.
Which they are stands nowhere in the statement, and the tables are locked with ACCESS
EXCLUSIVE.

## Instead

Release code that does not use the extension. Change or drop by name what rests on it, and
then the extension without CASCADE, in a migration that declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_extension import DropExtension
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """An extension that running code may use; with CASCADE, whatever the phase, what else may go."""
    for change, broken in frame.breaking(DropExtension, certain=True):
        yield Finding(
            message=f"{broken.by} fails: the functions and types of extension {change.name} are gone",
            because=broken,
            advice="Release code that does not use it; drop it in a contract migration, without CASCADE.",
        )
    for effect in frame.effects:
        if isinstance(effect.change, DropExtension):
            for loss in effect.losses:
                yield Finding(
                    message=f"{loss.what} are gone, if there are any, and whatever else rests on it",
                    because=loss,
                    severity=Severity.DEPENDS,
                    advice="Leave CASCADE out: PostgreSQL then says what rests on it.",
                )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="DROP EXTENSION plpgsql; CREATE EXTENSION plpgsql;",
    examples=(
        Bad("beside running code", "DROP EXTENSION plpgsql;"),
        Bad("with all that rests on it", "DROP EXTENSION plpgsql CASCADE;", phase=Phase.CONTRACT),
        Good("after it", "DROP EXTENSION plpgsql;", phase=Phase.CONTRACT),
    ),
)
