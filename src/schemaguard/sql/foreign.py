"""Foreign data wrappers, servers, user mappings, IMPORT FOREIGN SCHEMA."""

from collections.abc import Callable
from dataclasses import replace

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.create_thing import CreateThing
from schemaguard.changes.drop_thing import DropThing
from schemaguard.changes.import_foreign_schema import ImportForeignSchema
from schemaguard.schema import Thing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades
from schemaguard.sql.object_names import role_name, string
from schemaguard.sql.productions import Productions
from schemaguard.sql.things import ReadName, altered, by_name

_wrapper = by_name("foreign data wrapper")
_server = by_name("server")


def given_options(cursor: Cursor) -> bool:
    """OPTIONS (name 'value', ...), if it comes next."""
    if not cursor.accept("OPTIONS"):
        return False
    for part in cursor.inside().parts():
        part.label("an option")
        string(part)
        part.finish()
    return True


def changed_options(cursor: Cursor) -> bool:
    """OPTIONS (ADD name 'value', SET name 'value', DROP name, ...), if it comes next."""
    if not cursor.accept("OPTIONS"):
        return False
    for part in cursor.inside().parts():
        # An option can be called add, too.
        verb = part.accept_one("ADD", "SET", "DROP") if part.stop - part.at > 1 else ""
        if verb and part.token.kind.value == "string" and verb != "DROP":
            part.at -= 1
        part.label("an option")
        if verb != "DROP":
            string(part)
        part.finish()
    return True


def _handlers(cursor: Cursor) -> bool:
    found = False
    while cursor.word in ("HANDLER", "VALIDATOR") or (
        cursor.word == "NO" and cursor.look() in ("HANDLER", "VALIDATOR")
    ):
        found = True
        if cursor.accept("NO"):
            cursor.at += 1
        else:
            cursor.at += 1
            cursor.relation("a function")
    return found


def _create_wrapper(cursor: Cursor) -> tuple[Change, ...]:
    thing = _wrapper(cursor).thing
    _handlers(cursor)
    given_options(cursor)
    cursor.finish()
    return (CreateThing(thing=thing),)


def _alter_wrapper(cursor: Cursor) -> tuple[Change, ...]:
    name = _wrapper(cursor)
    if cursor.word in ("RENAME", "OWNER"):
        return altered(cursor, name, ("RENAME", "OWNER"))
    handlers = _handlers(cursor)
    if not changed_options(cursor) and not handlers:
        raise cursor.expected("an action")
    cursor.finish()
    return (AlterThing(thing=name.thing, action="options"),)


def _version(cursor: Cursor) -> bool:
    if not cursor.accept("VERSION"):
        return False
    if not cursor.accept("NULL"):
        string(cursor)
    return True


def _create_server(cursor: Cursor) -> tuple[Change, ...]:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    thing = _server(cursor).thing
    if cursor.accept("TYPE"):
        string(cursor)
    _version(cursor)
    cursor.expect("FOREIGN", "DATA", "WRAPPER")
    thing = replace(thing, wrapper=cursor.name("a foreign data wrapper"))
    given_options(cursor)
    cursor.finish()
    return (CreateThing(thing=thing, if_not_exists=if_not_exists),)


def _alter_server(cursor: Cursor) -> tuple[Change, ...]:
    name = _server(cursor)
    if cursor.word in ("RENAME", "OWNER"):
        return altered(cursor, name, ("RENAME", "OWNER"))
    version = _version(cursor)
    if not changed_options(cursor) and not version:
        raise cursor.expected("an action")
    cursor.finish()
    return (AlterThing(thing=name.thing, action="options"),)


def _drop(read: ReadName) -> Callable[[Cursor], tuple[Change, ...]]:
    def drop(cursor: Cursor) -> tuple[Change, ...]:
        if_exists = cursor.accept("IF", "EXISTS")
        things = cursor.listed(lambda: read(cursor).thing)
        cascade = cascades(cursor)
        return tuple(DropThing(thing=thing, if_exists=if_exists, cascade=cascade) for thing in things)

    return drop


def _mapping(verb: str) -> Callable[[Cursor], tuple[Change, ...]]:
    """A user mapping changes its server: who logs in there as whom."""

    def read(cursor: Cursor) -> tuple[Change, ...]:
        if verb == "create":
            cursor.accept("IF", "NOT", "EXISTS")
        elif verb == "drop":
            cursor.accept("IF", "EXISTS")
        cursor.expect("FOR")
        if not cursor.accept("USER"):
            role_name(cursor, public=True)
        cursor.expect("SERVER")
        name = cursor.name("a server")
        if verb == "create":
            given_options(cursor)
        elif verb == "alter" and not changed_options(cursor):
            raise cursor.expected("OPTIONS")
        cursor.finish()
        return (AlterThing(thing=Thing("server", name), action=f"{verb} user mapping"),)

    return read


def _import(cursor: Cursor) -> tuple[Change, ...]:
    remote = cursor.name("a schema")
    if cursor.accept("LIMIT", "TO") or cursor.accept("EXCEPT"):
        within = cursor.inside()
        within.listed(within.relation)
        within.finish()
    cursor.expect("FROM", "SERVER")
    server = cursor.name("a server")
    cursor.expect("INTO")
    into = cursor.name("a schema")
    given_options(cursor)
    cursor.finish()
    return (ImportForeignSchema(remote=remote, server=server, into=into),)


PRODUCTIONS: Productions = {
    ("CREATE", "FOREIGN", "DATA", "WRAPPER"): _create_wrapper,
    ("ALTER", "FOREIGN", "DATA", "WRAPPER"): _alter_wrapper,
    ("DROP", "FOREIGN", "DATA", "WRAPPER"): _drop(_wrapper),
    ("CREATE", "SERVER"): _create_server,
    ("ALTER", "SERVER"): _alter_server,
    ("DROP", "SERVER"): _drop(_server),
    ("CREATE", "USER", "MAPPING"): _mapping("create"),
    ("ALTER", "USER", "MAPPING"): _mapping("alter"),
    ("DROP", "USER", "MAPPING"): _mapping("drop"),
    ("IMPORT", "FOREIGN", "SCHEMA"): _import,
}
