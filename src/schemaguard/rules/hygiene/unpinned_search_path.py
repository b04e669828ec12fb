"""
A SECURITY DEFINER function looks for its names where its caller says.

## Why

It may what its owner may. A name in its body that has no schema, be it a table, a function
or an operator, is looked for along the search path of whoever calls it, and in the caller's
temporary schema first. Who can make a table or function there has their own one run
with the owner's rights.

## Instead

Give the function a search path of its own, with `SET search_path = ''` and schemas in its
body, or with `pg_temp` as the last one.

A body that is SQL itself, after BEGIN ATOMIC or RETURN, has its names settled when the
function is made.
"""

from collections.abc import Iterator

from schemaguard.changes.create_function import CreateFunction
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A new function that runs as its owner, with names that its caller settles."""
    for effect in frame.effects:
        change = effect.change
        if isinstance(change, CreateFunction) and change.state.definer and _hangs_on_caller(change):
            yield Finding(
                message=f"{change.function.text} may what its owner may, and looks for its names"
                " where its caller says",
                because=Wording("SECURITY DEFINER"),
                advice="Add SET search_path = '', and write schemas in front of the names in its body.",
            )


def _hangs_on_caller(change: CreateFunction) -> bool:
    return not change.settled and "search_path" not in change.state.settings


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "no search path",
            """
            CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
            AS 'BEGIN RETURN (SELECT count(*) FROM account); END';
            """,
        ),
        Good(
            "its own",
            """
            CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
            AS 'BEGIN RETURN (SELECT count(*) FROM public.account); END';
            """,
            ends_elsewhere="the function has a setting",
        ),
        Good(
            "it may what its caller may",
            """
            CREATE FUNCTION counted() RETURNS bigint LANGUAGE plpgsql
            AS 'BEGIN RETURN (SELECT count(*) FROM account); END';
            """,
            ends_elsewhere="the function is run as its caller",
        ),
        Good(
            "settled when it is made",
            """
            CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql SECURITY DEFINER
            BEGIN ATOMIC SELECT 1; END;
            """,
        ),
    ),
)
