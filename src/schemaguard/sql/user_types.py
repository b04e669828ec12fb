"""CREATE, ALTER and DROP TYPE."""

from dataclasses import replace

from schemaguard.changes.add_attribute import AddAttribute
from schemaguard.changes.add_enum_value import AddEnumValue
from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change, Unread
from schemaguard.changes.change_attribute import ChangeAttribute
from schemaguard.changes.create_type import CreateType
from schemaguard.changes.drop_attribute import DropAttribute
from schemaguard.changes.drop_type import DropType
from schemaguard.changes.rename_attribute import RenameAttribute
from schemaguard.changes.rename_enum_value import RenameEnumValue
from schemaguard.changes.rename_type import RenameType
from schemaguard.column_types import Type, is_internal, user_type
from schemaguard.names import MAX_BYTES, Relation, shorten
from schemaguard.schema import CompositeState, EnumState, OtherType, Thing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades, definition, role
from schemaguard.sql.index_elements import collation
from schemaguard.sql.keywords import COLUMNS_ONLY
from schemaguard.sql.lexer import Kind
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.strings import content
from schemaguard.sql.type_names import is_serial, type_name


def create_type(cursor: Cursor) -> tuple[Change, ...]:
    """CREATE TYPE, after these two words."""
    name = cursor.relation("a type")
    if cursor.done:
        return (CreateType(name, OtherType(kind="shell")),)
    if cursor.word == "(":
        definition(cursor)
        cursor.finish()
        return (CreateType(name, OtherType(kind="base")),)
    cursor.expect("AS")
    if cursor.accept("ENUM"):
        within = cursor.inside()
        values = [] if within.done else within.listed(lambda: string(within))
        within.finish()
        cursor.finish()
        return (CreateType(name, EnumState(values=tuple(values))),)
    if cursor.accept("RANGE"):
        return _range(cursor, name)
    within = cursor.inside()
    attributes = [] if within.done else within.listed(lambda: _attribute(within))
    within.finish()
    cursor.finish()
    return (CreateType(name, CompositeState(attributes=tuple(attributes))),)


def string(cursor: Cursor) -> str:
    """A string constant."""
    if cursor.token.kind not in (Kind.STRING, Kind.DOLLAR):
        raise cursor.expected("a string")
    value = content(cursor.token)
    cursor.at += 1
    return value


def _attribute(cursor: Cursor) -> tuple[str, Type]:
    name = cursor.name("an attribute")
    return name, _type(cursor)


def _type(cursor: Cursor) -> Type:
    at = cursor.offset
    kind = type_name(cursor)
    if is_serial(kind):
        raise Reject(f"an attribute cannot be {kind}: that is no type of its own", at)
    if cursor.accept("COLLATE"):
        collation(cursor)
    return kind


def _range(cursor: Cursor, name: Relation) -> tuple[Change, ...]:
    """A range type, and the multirange type that comes with it."""
    options = definition(cursor)
    cursor.finish()
    if "subtype" not in options:
        raise Reject("a range type without a subtype", cursor.offset)
    over = type_name(options["subtype"])
    sets = _of_sets(name)
    if "multirange_type_name" in options:
        sets = type_relation(options["multirange_type_name"])
    spelled = user_type(name.schema, name.name)
    return (
        CreateType(name, OtherType(kind="range", over=replace(over, modifiers=()))),
        CreateType(sets, OtherType(kind="multirange", over=Type(spelled))),
    )


def _of_sets(name: Relation) -> Relation:
    """What PostgreSQL calls the multirange type (makeMultirangeTypeName)."""
    before, range_, after = name.name.partition("range")
    if range_:
        return name.sibling(shorten(f"{before}multirange{after}"))
    cut = name.name.encode()[: MAX_BYTES + 1 - 12].decode(errors="ignore")
    return name.sibling(shorten(f"{cut}_multirange"))


def type_relation(cursor: Cursor) -> Relation:
    """The name of a type that users make, where any type's name may stand."""
    at = cursor.offset
    if cursor.word in COLUMNS_ONLY:
        raise cursor.expected("a type that is not the system's")
    name = cursor.function_name("a type")
    if cursor.accept("."):
        return Relation(name, cursor.label("a type"))
    if is_internal(name):
        raise Reject(f"{name} is a type of the system", at)
    return Relation("public", name)


def drop_type(cursor: Cursor) -> tuple[Change, ...]:
    """DROP TYPE or DOMAIN, after these two words."""
    domain = cursor.look(-1) == "DOMAIN"
    if_exists = cursor.accept("IF", "EXISTS")
    types = cursor.listed(lambda: type_relation(cursor))
    cascade = cascades(cursor)
    return tuple(DropType(one, if_exists, cascade, domain) for one in types)


def alter_type(cursor: Cursor) -> tuple[Change | Unread, ...]:
    """ALTER TYPE, after these two words."""
    name = cursor.relation("a type")
    if cursor.accept("ADD", "VALUE"):
        change: Change = _add_value(cursor, name)
    elif cursor.accept("RENAME", "VALUE"):
        old = string(cursor)
        cursor.expect("TO")
        change = RenameEnumValue(name, old, string(cursor))
    elif cursor.accept("RENAME", "ATTRIBUTE"):
        attribute = cursor.name("an attribute")
        cursor.expect("TO")
        new = cursor.name("the new name")
        cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
        change = RenameAttribute(type=name, attribute=attribute, new=new, cascade=cascade)
    elif cursor.is_at("SET", "("):
        cursor.expect("SET")
        definition(cursor)
        change = AlterThing(thing=Thing("type", name.text), action="options")
    elif cursor.word in ("RENAME", "OWNER", "SET"):
        change = renamed_or_owned(cursor, name, domain=False)
    else:
        return tuple(_action(part, name) for part in cursor.parts())
    cursor.finish()
    return (change,)


def renamed_or_owned(cursor: Cursor, name: Relation, *, domain: bool) -> Change:
    """RENAME TO, OWNER TO or SET SCHEMA of a type or domain."""
    if cursor.accept("RENAME", "TO"):
        return RenameType(name, name.sibling(cursor.name("the new name")), domain)
    if cursor.accept("SET", "SCHEMA"):
        return RenameType(name, Relation(cursor.name("a schema"), name.name), domain)
    cursor.expect("OWNER", "TO")
    role(cursor)
    return AlterThing(thing=Thing("domain" if domain else "type", name.text), action="owner to")


def _add_value(cursor: Cursor, name: Relation) -> Change:
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    value = string(cursor)
    side = cursor.accept_one("BEFORE", "AFTER")
    return AddEnumValue(
        type=name,
        value=value,
        if_not_exists=if_not_exists,
        neighbor=string(cursor) if side else None,
        before=side == "BEFORE",
    )


def _action(part: Cursor, name: Relation) -> Change:
    change: Change
    if part.accept("ADD", "ATTRIBUTE"):
        attribute, kind = _attribute(part)
        change = AddAttribute(type=name, attribute=attribute, of=kind, cascade=cascades(part))
    elif part.accept("DROP", "ATTRIBUTE"):
        if_exists = part.accept("IF", "EXISTS")
        attribute = part.name("an attribute")
        change = DropAttribute(type=name, attribute=attribute, if_exists=if_exists, cascade=cascades(part))
    elif part.accept("ALTER", "ATTRIBUTE"):
        attribute = part.name("an attribute")
        part.accept("SET", "DATA")
        part.expect("TYPE")
        change = ChangeAttribute(type=name, attribute=attribute, of=_type(part), cascade=cascades(part))
    else:
        raise part.expected("an action")
    return change


PRODUCTIONS: Productions = {
    ("CREATE", "TYPE"): create_type,
    ("ALTER", "TYPE"): alter_type,
    ("DROP", "TYPE"): drop_type,
    ("DROP", "DOMAIN"): drop_type,
}
