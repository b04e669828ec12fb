"""CREATE, ALTER and DROP SCHEMA."""

from collections.abc import Iterator

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change, Unread
from schemaguard.changes.create_schema import CreateSchema
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.create_view import CreateView
from schemaguard.changes.drop_schema import DropSchema
from schemaguard.changes.rename_schema import RenameSchema
from schemaguard.names import Relation
from schemaguard.namespaces import schema_thing
from schemaguard.schema import ForeignKey
from schemaguard.sql.create_table import create_table
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades
from schemaguard.sql.index import create_index
from schemaguard.sql.object_names import role_name
from schemaguard.sql.privileges import grant
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.sequence_statements import create_sequence
from schemaguard.sql.triggers import create_trigger
from schemaguard.sql.views import create_view

_ELEMENTS = ("CREATE", "GRANT")


def _create(cursor: Cursor) -> tuple[Change | Unread, ...]:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = "" if cursor.word == "AUTHORIZATION" else cursor.name("a schema")
    at = cursor.offset
    if not name or cursor.word == "AUTHORIZATION":
        cursor.expect("AUTHORIZATION")
        bare = cursor.word in ("CURRENT_ROLE", "CURRENT_USER", "SESSION_USER")
        owner = role_name(cursor)
        if not name and bare:
            raise Reject("the schema is called like whoever runs this, and nothing here says who that is", at)
        name = name or owner
    if if_not_exists and not cursor.done:
        raise Reject("with IF NOT EXISTS a schema is made without anything in it", cursor.offset)
    changes: list[Change | Unread] = [CreateSchema(name=name, if_not_exists=if_not_exists)]
    made: set[Relation] = set()
    while not cursor.done:
        part = cursor.up_to(_next_element(cursor))
        part.schema = name
        for change in _element(part):
            made |= {change.table} if isinstance(change, CreateTable) else set()
            made |= {change.view} if isinstance(change, CreateView) else set()
            for used in _used(change):
                # A name without a schema is looked for in the new one, where we know all, then elsewhere.
                if used.schema == name and used not in made:
                    raise Reject(f"in which schema {used.name} is cannot be told", part.offset)
            changes.append(change)
    return tuple(changes)


def _next_element(cursor: Cursor) -> int:
    """Where the element after the one that begins here begins."""
    rest = cursor.up_to(cursor.at)
    rest.stop = cursor.stop
    rest.at += 1
    while True:
        rest.at = rest.find(*_ELEMENTS)
        # Of GRANT CREATE and GRANT SELECT, CREATE the word is a privilege.
        if rest.at >= rest.stop or rest.words[rest.at - 1] not in ("GRANT", ","):
            return rest.at
        rest.at += 1


def _element(part: Cursor) -> tuple[Change | Unread, ...]:
    if part.accept("CREATE", "TABLE"):
        return create_table(part)
    if part.accept("CREATE", "INDEX"):
        return create_index(part, unique=False)
    if part.accept("CREATE", "UNIQUE", "INDEX"):
        return create_index(part, unique=True)
    if part.accept("GRANT"):
        return grant(part)
    for words, read in _MAKERS.items():
        if part.accept(*words):
            return read(part)
    if part.accept("CREATE") and "VIEW" in part.words[part.at : part.at + 5]:
        return create_view(part)
    raise part.expected("a table, index, view, sequence, trigger or grant")


_MAKERS: Productions = {
    ("CREATE", "TRIGGER"): lambda cursor: create_trigger(cursor, replace=False),
    ("CREATE", "CONSTRAINT", "TRIGGER"): lambda cursor: create_trigger(cursor, replace=False),
    **{
        ("CREATE", *words, "SEQUENCE"): create_sequence
        for words in ((), ("TEMP",), ("TEMPORARY",), ("UNLOGGED",))
    },
}


def _used(change: Change | Unread) -> Iterator[Relation]:
    """What is looked for by its name."""
    match change:
        case CreateTable():
            for constraint in change.constraints:
                if isinstance(constraint, ForeignKey):
                    yield constraint.target
        case CreateView():
            yield from change.reads
        case CreateTrigger():
            yield from (one for one in (change.table, change.function, change.other) if one is not None)
        case _:
            return


def _alter(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a schema")
    if cursor.accept("RENAME", "TO"):
        new = cursor.name("the new name")
        cursor.finish()
        return (RenameSchema(name=name, new_name=new),)
    cursor.expect("OWNER", "TO")
    role_name(cursor)
    cursor.finish()
    return (AlterThing(thing=schema_thing(name), action="owner to"),)


def _drop(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    names = cursor.listed(lambda: cursor.name("a schema"))
    cascade = cascades(cursor)
    return tuple(DropSchema(name=name, if_exists=if_exists, cascade=cascade) for name in names)


PRODUCTIONS: Productions = {
    ("CREATE", "SCHEMA"): _create,
    ("ALTER", "SCHEMA"): _alter,
    ("DROP", "SCHEMA"): _drop,
}
