"""Extensions, extended statistics and large objects."""

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.change_statistics import ChangeStatistics
from schemaguard.changes.create_extension import CreateExtension
from schemaguard.changes.create_statistics import CreateStatistics
from schemaguard.changes.drop_extension import DropExtension
from schemaguard.names import Relation
from schemaguard.schema import Thing
from schemaguard.sql import plain
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades
from schemaguard.sql.functions import of_tokens
from schemaguard.sql.lexer import Kind
from schemaguard.sql.object_names import number, object_named, role_name, string
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject

#: What no extension has as a member.
_NO_MEMBER = ("column", "constraint", "domain constraint", "policy", "rule", "trigger", "database", "role",
              "subscription", "tablespace", "extension", "index", "publication", "statistics",
              "large object")  # fmt: skip


def _version(cursor: Cursor) -> None:
    if cursor.token.kind in (Kind.STRING, Kind.DOLLAR):
        string(cursor)
    else:
        cursor.function_name("a version")


def _create_extension(cursor: Cursor) -> tuple[Change, ...]:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = cursor.name("an extension")
    cursor.accept("WITH")
    cascade = False
    while not cursor.done:
        match cursor.expect_one("SCHEMA", "VERSION", "CASCADE"):
            case "SCHEMA":
                cursor.name("a schema")
            case "VERSION":
                _version(cursor)
            case _:
                cascade = True
    return (CreateExtension(name=name, if_not_exists=if_not_exists, cascade=cascade),)


def _alter_extension(cursor: Cursor) -> tuple[Change, ...]:
    thing = Thing("extension", cursor.name("an extension"))
    if cursor.accept("UPDATE"):
        while cursor.accept("TO"):
            _version(cursor)
        cursor.finish()
        return (AlterThing(thing=thing, action="update", felt=True),)
    if cursor.accept("SET", "SCHEMA"):
        cursor.name("a schema")
        cursor.finish()
        return (AlterThing(thing=thing, action="set schema", felt=True),)
    verb = cursor.expect_one("ADD", "DROP").lower()
    at = cursor.offset
    member = object_named(cursor)
    if member.kind in _NO_MEMBER:
        raise Reject(f"a {member.kind} is no member of an extension", at)
    cursor.finish()
    return (AlterThing(thing=thing, action=f"{verb} {member.kind}"),)


def _drop_extension(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    names = cursor.listed(lambda: cursor.name("an extension"))
    cascade = cascades(cursor)
    return tuple(DropExtension(name=name, if_exists=if_exists, cascade=cascade) for name in names)


# Statistics


def _create_statistics(cursor: Cursor) -> tuple[Change, ...]:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = None if cursor.word in ("ON", "(") else cursor.relation("statistics")
    if if_not_exists and name is None:
        raise cursor.expected("a name")
    if cursor.word == "(":
        cursor.names("a kind of statistics")
    cursor.expect("ON")
    parameters = cursor.up_to(cursor.find("FROM"))
    calls = of_tokens(parameters).calls
    read = [_parameter(part) for part in parameters.parts()]
    cursor.expect("FROM")
    table = cursor.relation()
    cursor.finish()
    made = CreateStatistics(
        name=name,
        table=table,
        columns=tuple(column for column, _ in read),
        if_not_exists=if_not_exists,
        used=frozenset[str]().union(*(used for _, used in read)),
        calls=calls,
    )
    return (made,)


def _parameter(part: Cursor) -> tuple[str | None, frozenset[str]]:
    """A column; None for an expression, with the columns that this uses."""
    if part.word == "(":
        used = plain.read(part.inside()).columns
    elif part.look() == "":
        return part.name("a column"), frozenset()
    else:
        place = part.at
        part.function_name("a function")
        while part.accept("."):
            part.label("a function")
        if part.word != "(" or part.closing() + 1 != part.stop:
            raise part.expected("a call")
        part.at = place
        used = plain.read(part.rest()).columns
    part.finish()
    return None, used


def _alter_statistics(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    name = cursor.relation("statistics")
    new: Relation | None = None
    since = 14
    if cursor.accept("SET", "STATISTICS"):
        action = "set statistics"
        if cursor.accept("DEFAULT"):
            since = 17
        else:
            number(cursor)
    elif if_exists:
        raise cursor.expected("SET STATISTICS")
    elif cursor.accept("RENAME", "TO"):
        action, new = "rename", name.sibling(cursor.name("the new name"))
    elif cursor.accept("SET", "SCHEMA"):
        action, new = "set schema", Relation(cursor.name("a schema"), name.name)
    else:
        cursor.expect("OWNER", "TO")
        role_name(cursor)
        action = "owner to"
    cursor.finish()
    return (ChangeStatistics(name=name, action=action, new=new, if_exists=if_exists, since=since),)


def _drop_statistics(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    names = cursor.listed(lambda: cursor.relation("statistics"))
    cascades(cursor)
    return tuple(ChangeStatistics(name=name, action="drop", if_exists=if_exists) for name in names)


# Large objects


def _alter_large_object(cursor: Cursor) -> tuple[Change, ...]:
    thing = Thing("large object", number(cursor))
    cursor.expect("OWNER", "TO")
    role_name(cursor)
    cursor.finish()
    return (AlterThing(thing=thing, action="owner to"),)


PRODUCTIONS: Productions = {
    ("CREATE", "EXTENSION"): _create_extension,
    ("ALTER", "EXTENSION"): _alter_extension,
    ("DROP", "EXTENSION"): _drop_extension,
    ("CREATE", "STATISTICS"): _create_statistics,
    ("ALTER", "STATISTICS"): _alter_statistics,
    ("DROP", "STATISTICS"): _drop_statistics,
    ("ALTER", "LARGE", "OBJECT"): _alter_large_object,
}
