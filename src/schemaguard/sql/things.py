"""CREATE, ALTER and DROP of collations, conversions and text search objects."""

from collections.abc import Callable
from dataclasses import replace

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.create_thing import CreateThing
from schemaguard.changes.drop_thing import DropThing
from schemaguard.changes.rename_thing import RenameThing
from schemaguard.dataclass import dataclass
from schemaguard.schema import Thing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades, definition, role
from schemaguard.sql.lexer import Kind
from schemaguard.sql.productions import Productions


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing's name in its parts. ``schema`` None: it lives in none."""

    kind: str
    name: str
    schema: str | None = None
    #: What follows the name: ``(integer)``, `` USING btree``.
    tail: str = ""

    @property
    def thing(self) -> Thing:
        """The thing of that name."""
        where = f"{self.schema}." if self.schema is not None else ""
        return Thing(self.kind, where + self.name + self.tail)


#: Reads a thing's name.
ReadName = Callable[[Cursor], Named]


def in_schema(kind: str) -> ReadName:
    """How to read the name of a thing of that kind, which lives in a schema and needs nothing more."""

    def read(cursor: Cursor) -> Named:
        found = cursor.relation(f"a {kind}")
        return Named(kind=kind, schema=found.schema, name=found.name)

    return read


def by_name(kind: str) -> ReadName:
    """How to read the name of a thing of that kind, which lives in no schema."""
    return lambda cursor: Named(kind=kind, name=cursor.name(f"a {kind}"))


def altered(cursor: Cursor, named: Named, actions: tuple[str, ...]) -> tuple[Change, ...]:
    """What most kinds can do, those named of RENAME TO, OWNER TO and SET SCHEMA; up to the end."""
    changed: Change
    if "RENAME" in actions and cursor.accept("RENAME", "TO"):
        new = replace(named, name=cursor.name("the new name"))
        changed = RenameThing(thing=named.thing, new=new.thing)
    elif "OWNER" in actions and cursor.accept("OWNER", "TO"):
        role(cursor)
        changed = AlterThing(thing=named.thing, action="owner to")
    elif "SCHEMA" in actions and cursor.accept("SET", "SCHEMA"):
        new = replace(named, schema=cursor.name("a schema"))
        changed = RenameThing(thing=named.thing, new=new.thing)
    else:
        raise cursor.expected("an action")
    cursor.finish()
    return (changed,)


def drop_all(read: ReadName) -> Callable[[Cursor], tuple[Change, ...]]:
    """DROP of one or more things, after the words that say of which kind."""

    def drop(cursor: Cursor) -> tuple[Change, ...]:
        if_exists = cursor.accept("IF", "EXISTS")
        found = cursor.listed(lambda: read(cursor))
        cascade = cascades(cursor)
        return tuple(DropThing(thing=one.thing, if_exists=if_exists, cascade=cascade) for one in found)

    return drop


def drop_one(read: ReadName) -> Callable[[Cursor], tuple[Change, ...]]:
    """DROP of a kind of which one statement drops but one."""

    def drop(cursor: Cursor) -> tuple[Change, ...]:
        if_exists = cursor.accept("IF", "EXISTS")
        named = read(cursor)
        return (DropThing(thing=named.thing, if_exists=if_exists, cascade=cascades(cursor)),)

    return drop


# Collations and conversions

_collation = in_schema("collation")
_conversion = in_schema("conversion")


def _create_collation(cursor: Cursor) -> tuple[Change, ...]:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    thing = _collation(cursor).thing
    if cursor.accept("FROM"):
        _collation(cursor)
    else:
        definition(cursor)
    cursor.finish()
    return (CreateThing(thing=thing, if_not_exists=if_not_exists),)


def _alter_collation(cursor: Cursor) -> tuple[Change, ...]:
    named = _collation(cursor)
    if cursor.accept("REFRESH", "VERSION"):
        cursor.finish()
        return (AlterThing(thing=named.thing, action="refresh version"),)
    return altered(cursor, named, ("RENAME", "OWNER", "SCHEMA"))


def _create_conversion(cursor: Cursor) -> tuple[Change, ...]:
    thing = _conversion(cursor).thing
    cursor.expect("FOR")
    _string(cursor)
    cursor.expect("TO")
    _string(cursor)
    cursor.expect("FROM")
    cursor.relation("a function")
    cursor.finish()
    return (CreateThing(thing=thing),)


def _string(cursor: Cursor) -> None:
    if cursor.token.kind not in (Kind.STRING, Kind.DOLLAR):
        raise cursor.expected("a string")
    cursor.at += 1


# Text search

_CONFIGURATION = in_schema("text search configuration")
_DICTIONARY = in_schema("text search dictionary")
_SEARCHING: dict[str, ReadName] = {
    "CONFIGURATION": _CONFIGURATION,
    "DICTIONARY": _DICTIONARY,
    "PARSER": in_schema("text search parser"),
    "TEMPLATE": in_schema("text search template"),
}


def _create_searching(read: ReadName) -> Callable[[Cursor], tuple[Change, ...]]:
    def create(cursor: Cursor) -> tuple[Change, ...]:
        thing = read(cursor).thing
        definition(cursor)
        cursor.finish()
        return (CreateThing(thing=thing),)

    return create


def _alter_searching(read: ReadName) -> Callable[[Cursor], tuple[Change, ...]]:
    def alter(cursor: Cursor) -> tuple[Change, ...]:
        named = read(cursor)
        if read is _DICTIONARY and cursor.word == "(":
            definition(cursor)
            cursor.finish()
            return (AlterThing(thing=named.thing, action="options", felt=True),)
        if read is _CONFIGURATION and "MAPPING" in (cursor.word, cursor.look()):
            action = _mapping(cursor)
            return (AlterThing(thing=named.thing, action=action, felt=action != "add mapping"),)
        owned = ("OWNER",) if read in (_CONFIGURATION, _DICTIONARY) else ()
        return altered(cursor, named, ("RENAME", "SCHEMA", *owned))

    return alter


def _mapping(cursor: Cursor) -> str:
    """Reads how tokens come to dictionaries, up to the end."""
    verb = cursor.expect_one("ADD", "ALTER", "DROP")
    cursor.expect("MAPPING")
    if verb == "DROP":
        cursor.accept("IF", "EXISTS")
    replaces = verb == "ALTER" and cursor.accept("REPLACE")
    if not replaces:
        cursor.expect("FOR")
        cursor.listed(lambda: cursor.name("a kind of token"))
        replaces = verb == "ALTER" and cursor.accept("REPLACE")
    if replaces:
        _DICTIONARY(cursor)
        cursor.expect("WITH")
        _DICTIONARY(cursor)
    elif verb != "DROP":
        cursor.expect("WITH")
        cursor.listed(lambda: _DICTIONARY(cursor))
    cursor.finish()
    return f"{verb.lower()} mapping"


PRODUCTIONS: Productions = {
    ("CREATE", "COLLATION"): _create_collation,
    ("ALTER", "COLLATION"): _alter_collation,
    ("DROP", "COLLATION"): drop_all(_collation),
    ("CREATE", "CONVERSION"): _create_conversion,
    ("CREATE", "DEFAULT", "CONVERSION"): _create_conversion,
    ("ALTER", "CONVERSION"): lambda cursor: altered(
        cursor, _conversion(cursor), ("RENAME", "OWNER", "SCHEMA")
    ),
    ("DROP", "CONVERSION"): drop_all(_conversion),
    **{("CREATE", "TEXT", "SEARCH", kind): _create_searching(read) for kind, read in _SEARCHING.items()},
    **{("ALTER", "TEXT", "SEARCH", kind): _alter_searching(read) for kind, read in _SEARCHING.items()},
    **{("DROP", "TEXT", "SEARCH", kind): drop_all(read) for kind, read in _SEARCHING.items()},
}
