"""ALTER FUNCTION, PROCEDURE, ROUTINE."""

from collections.abc import Callable

from schemaguard.changes.alter_function import AlterFunction
from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.rename_function import RenameFunction
from schemaguard.schema import Thing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import role
from schemaguard.sql.productions import Productions, Read
from schemaguard.sql.routines import Header, behaviour, create_function, drop_function, routine_at


def _alter(kind: str) -> Callable[[Cursor], tuple[Change, ...]]:
    def alter(cursor: Cursor) -> tuple[Change, ...]:
        function, arguments = routine_at(cursor)
        thing = Thing(kind, function.text)
        change: Change
        if cursor.accept("RENAME", "TO"):
            new = cursor.name("the new name")
            change = RenameFunction(function=function, kind=kind, arguments=arguments, new_name=new)
        elif cursor.accept("SET", "SCHEMA"):
            new = cursor.name("a schema")
            change = RenameFunction(function=function, kind=kind, arguments=arguments, new_schema=new)
        elif cursor.accept("OWNER", "TO"):
            role(cursor)
            change = AlterThing(thing=thing, action="owner to")
        elif cursor.is_at("DEPENDS") or cursor.is_at("NO", "DEPENDS"):
            depends = not cursor.accept("NO")
            cursor.expect("DEPENDS", "ON", "EXTENSION")
            cursor.name("an extension")
            change = AlterThing(thing=thing, action=f"{'' if depends else 'no '}depends on extension")
        else:
            change = _behaving(cursor, AlterFunction(function=function, kind=kind, arguments=arguments))
        cursor.finish()
        return (change,)

    return alter


def _behaving(cursor: Cursor, named: AlterFunction) -> AlterFunction:
    """How it is run from now on, up to the end."""
    header = Header()
    resets: set[str] = set()
    resets_all = False
    end = cursor.stop - (cursor.words[cursor.stop - 1] == "RESTRICT")
    if cursor.at >= end:
        raise cursor.expected("an action")
    while cursor.at < end:
        if cursor.accept("RESET", "ALL"):
            resets_all = True
            header.sets.clear()
        elif cursor.accept("RESET"):
            name = _setting(cursor)
            resets.add(name)
            header.sets.discard(name)
        elif cursor.is_at("WINDOW") or not behaviour(cursor, header):
            raise cursor.expected("an action")
    cursor.accept("RESTRICT")
    return AlterFunction(
        function=named.function,
        kind=named.kind,
        arguments=named.arguments,
        volatility=header.volatility,
        strict=header.strict,
        definer=header.definer,
        sets=frozenset(header.sets),
        resets=frozenset(resets),
        resets_all=resets_all,
        search_path=header.search_path.value if header.search_path is not None else None,
    )


def _setting(cursor: Cursor) -> str:
    for words, name in (
        (("TIME", "ZONE"), "timezone"),
        (("TRANSACTION", "ISOLATION", "LEVEL"), "transaction_isolation"),
        (("SESSION", "AUTHORIZATION"), "session_authorization"),
    ):
        if cursor.accept(*words):
            return name
    name = cursor.name("a setting").lower()
    while cursor.accept("."):
        name += f".{cursor.label('a setting').lower()}"
    return name


def _create(kind: str, *, replace: bool) -> Read:
    return lambda cursor: create_function(cursor, kind, replace=replace)


_KINDS = ("FUNCTION", "PROCEDURE")
PRODUCTIONS: Productions = {
    **{("CREATE", kind): _create(kind.lower(), replace=False) for kind in _KINDS},
    **{("CREATE", "OR", "REPLACE", kind): _create(kind.lower(), replace=True) for kind in _KINDS},
    **{("ALTER", kind): _alter(kind.lower()) for kind in (*_KINDS, "ROUTINE")},
    **{("DROP", kind): drop_function for kind in (*_KINDS, "ROUTINE")},
}
