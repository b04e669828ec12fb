"""CREATE, ALTER and DROP of aggregates."""

from dataclasses import replace

from schemaguard.changes.base import Change
from schemaguard.changes.create_thing import CreateThing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import any_type, definition
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.things import Named, altered, drop_all


def _aggregate(cursor: Cursor) -> Named:
    """An aggregate with the types of its arguments."""
    name = _function_name(cursor)
    return replace(name, tail=f"({', '.join(_arguments(cursor.inside()))})")


def _function_name(cursor: Cursor) -> Named:
    first = cursor.function_name("an aggregate")
    if not cursor.accept("."):
        return Named(kind="aggregate", schema="public", name=first)
    return Named(kind="aggregate", schema=first, name=cursor.label("an aggregate"))


def _arguments(cursor: Cursor) -> list[str]:
    """The types of arguments; those after ORDER BY follow, unless both are one VARIADIC."""
    if cursor.accept("*"):
        cursor.finish()
        return []
    found: list[str] = []
    variadic = False
    if not cursor.is_at("ORDER", "BY"):
        variadic = _listed(cursor, found)
    if cursor.accept("ORDER", "BY"):
        ordered: list[str] = []
        _listed(cursor, ordered)
        found += [] if variadic else ordered
    cursor.finish()
    return found


def _listed(cursor: Cursor, found: list[str]) -> bool:
    """Reads arguments, each with its mode and name or without; whether the last is VARIADIC."""
    while True:
        mode = cursor.accept_one("IN", "VARIADIC")
        place, kept = cursor.at, len(found)
        try:
            found.append(any_type(cursor))
            whole = cursor.done or cursor.word == "," or cursor.is_at("ORDER", "BY")
        except Reject:
            whole = False
        if not whole:
            # The first word was the argument's name.
            del found[kept:]
            cursor.at = place
            cursor.function_name("an argument")
            mode = mode or cursor.accept_one("IN", "VARIADIC")
            found.append(any_type(cursor))
        if not cursor.accept(","):
            return mode == "VARIADIC"


def _create_aggregate(cursor: Cursor) -> tuple[Change, ...]:
    replaces = cursor.words[cursor.at - 2] == "REPLACE"
    name = _function_name(cursor)
    ahead = cursor.copy()
    ahead.inside()
    if ahead.done:  # The old form: its argument is an option, BASETYPE.
        options = definition(cursor)
        cursor.finish()
        if "basetype" not in options:
            raise Reject("an aggregate without BASETYPE", cursor.offset)
        base = options["basetype"]
        of = "" if base.source.strip("'\"").upper() == "ANY" else any_type(base)
        return (CreateThing(thing=replace(name, tail=f"({of})").thing, replace=replaces),)
    found = _arguments(cursor.inside())
    definition(cursor)
    cursor.finish()
    return (CreateThing(thing=replace(name, tail=f"({', '.join(found)})").thing, replace=replaces),)


PRODUCTIONS: Productions = {
    ("CREATE", "AGGREGATE"): _create_aggregate,
    ("CREATE", "OR", "REPLACE", "AGGREGATE"): _create_aggregate,
    ("ALTER", "AGGREGATE"): lambda cursor: altered(cursor, _aggregate(cursor), ("RENAME", "OWNER", "SCHEMA")),
    ("DROP", "AGGREGATE"): drop_all(_aggregate),
}
