"""CREATE and DROP of casts and transforms."""

from schemaguard.changes.base import Change
from schemaguard.changes.create_thing import CreateThing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import any_type, function
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.things import Named, drop_one


def _cast(cursor: Cursor) -> Named:
    within = cursor.inside()
    source = any_type(within)
    within.expect("AS")
    target = any_type(within)
    within.finish()
    return Named(kind="cast", name=f"{source} AS {target}")


def _create_cast(cursor: Cursor) -> tuple[Change, ...]:
    named = _cast(cursor)
    if cursor.accept("WITH", "FUNCTION"):
        function(cursor)
    elif not cursor.accept("WITHOUT", "FUNCTION"):
        cursor.expect("WITH", "INOUT")
    if cursor.accept("AS"):
        cursor.expect_one("ASSIGNMENT", "IMPLICIT")
    cursor.finish()
    return (CreateThing(thing=named.thing),)


def _transform(cursor: Cursor) -> Named:
    cursor.expect("FOR")
    kind = any_type(cursor)
    cursor.expect("LANGUAGE")
    return Named(kind="transform", name=f"FOR {kind} LANGUAGE {cursor.name('a language')}")


def _create_transform(cursor: Cursor) -> tuple[Change, ...]:
    replaces = cursor.words[cursor.at - 2] == "REPLACE"
    named = _transform(cursor)
    within = cursor.inside()
    sides = within.listed(lambda: _side(within))
    within.finish()
    cursor.finish()
    if len(set(sides)) < len(sides):
        raise Reject("a transform with one side twice", cursor.offset)
    return (CreateThing(thing=named.thing, replace=replaces),)


def _side(cursor: Cursor) -> str:
    side = cursor.expect_one("FROM", "TO")
    cursor.expect("SQL", "WITH", "FUNCTION")
    function(cursor)
    return side


PRODUCTIONS: Productions = {
    ("CREATE", "CAST"): _create_cast,
    ("DROP", "CAST"): drop_one(_cast),
    ("CREATE", "TRANSFORM"): _create_transform,
    ("CREATE", "OR", "REPLACE", "TRANSFORM"): _create_transform,
    ("DROP", "TRANSFORM"): drop_one(_transform),
}
