"""
A table is named without its schema: the search path says which one it is.

## Why

The search path is a setting of the session, and can be another one for each role and
database. Where it has another schema in front, or is empty as `pg_dump` sets it, the
migration makes its table in the wrong place, changes another one of that name, or fails.

## Instead

Write the schema in front of the name, or set `search_path` in the migration itself.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.search_path import TEMPORARY, relations_in


def check(frame: Frame) -> Iterator[Finding]:
    """Names that hang on a search path that nobody has set here."""
    if frame.settings.search_path is not None:
        return
    named = (name for effect in frame.effects for name in relations_in(effect.change))
    loose = sorted({name.name for name in named if not name.qualified and name.schema != TEMPORARY} - {""})
    if loose:
        yield Finding(
            message=f"the search path says which schema {', '.join(loose)} is in",
            because=Wording(", ".join(loose)),
            advice="Write the schema in front of it.",
        )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad("no schema", "CREATE TABLE account (id bigint PRIMARY KEY);"),
        Good("a schema", "CREATE TABLE public.account (id bigint PRIMARY KEY);"),
        Good(
            "the search path is set here",
            """
            SET search_path = public;
            CREATE TABLE account (id bigint PRIMARY KEY);
            """,
        ),
    ),
)
