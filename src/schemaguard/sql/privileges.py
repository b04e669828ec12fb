"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES."""

from schemaguard.changes.base import Change
from schemaguard.changes.change_membership import ChangeMembership
from schemaguard.changes.default_privileges import DefaultPrivileges
from schemaguard.changes.grant import Grant, Privileges
from schemaguard.changes.revoke import Revoke
from schemaguard.names import Relation
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.object_names import number, role_name, routine
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject

_RESERVED = ("SELECT", "REFERENCES", "CREATE")
_WHOLE_SCHEMAS = ("TABLES", "SEQUENCES", "FUNCTIONS", "PROCEDURES", "ROUTINES")
#: Kinds whose objects live in no schema.
_BY_NAME = (("FOREIGN", "DATA", "WRAPPER"), ("FOREIGN", "SERVER"), ("DATABASE",), ("LANGUAGE",), ("SCHEMA",),
            ("TABLESPACE",))  # fmt: skip
_ROUTINES = ("FUNCTION", "PROCEDURE", "ROUTINE")
_DEFAULTS = ("TABLES", "FUNCTIONS", "ROUTINES", "SEQUENCES", "TYPES", "SCHEMAS")
#: What cannot follow a word that says the kind, for then it is a table's name.
_AFTER_A_TABLE = ("TO", "FROM", ",", ".", "")


def grant(cursor: Cursor) -> tuple[Change, ...]:
    """GRANT, after this word."""
    privileges = _privileges(cursor)
    if cursor.word == "TO":
        return _grant_roles(cursor, privileges)
    cursor.expect("ON")
    target = _target(cursor, privileges)
    cursor.expect("TO")
    roles = _grantees(cursor)
    option = cursor.accept("WITH")
    if option:
        cursor.expect("GRANT", "OPTION")
    _granted_by(cursor)
    cursor.finish()
    return (Grant(privileges=target, roles=roles, grant_option=option),)


def revoke(cursor: Cursor) -> tuple[Change, ...]:
    """REVOKE, after this word."""
    if cursor.look() == "OPTION" and cursor.look(2) == "FOR" and cursor.word != "GRANT":
        option = cursor.name("an option")
        cursor.expect("OPTION", "FOR")
        return _revoke_roles(cursor, _privileges(cursor), ((option, False),))
    option_only = cursor.accept("GRANT", "OPTION", "FOR")
    privileges = _privileges(cursor)
    if cursor.word == "FROM" and not option_only:
        return _revoke_roles(cursor, privileges, ())
    cursor.expect("ON")
    target = _target(cursor, privileges)
    cursor.expect("FROM")
    roles = _grantees(cursor)
    _granted_by(cursor)
    cascade = _cascade(cursor)
    return (Revoke(privileges=target, roles=roles, option_only=option_only, cascade=cascade),)


def _cascade(cursor: Cursor) -> bool:
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return cascade


# Privileges


def _privileges(cursor: Cursor) -> tuple[str, ...]:
    """A list of privileges, each with columns; () for ALL."""
    if cursor.accept("ALL"):
        cursor.accept("PRIVILEGES")
        return ("all" + _columns(cursor),) if cursor.word == "(" else ()
    return tuple(cursor.listed(lambda: _privilege(cursor)))


def _privilege(cursor: Cursor) -> str:
    if cursor.accept("ALTER", "SYSTEM"):
        return "alter system"
    word = cursor.accept_one(*_RESERVED).lower() or cursor.name("a privilege")
    return word + _columns(cursor)


def _columns(cursor: Cursor) -> str:
    return f" ({', '.join(cursor.names())})" if cursor.word == "(" else ""


def _grantees(cursor: Cursor) -> tuple[str, ...]:
    def grantee() -> str:
        if cursor.word == "GROUP":
            cursor.expect("GROUP")
        return role_name(cursor, public=True)

    return tuple(cursor.listed(grantee))


def _granted_by(cursor: Cursor) -> None:
    if cursor.accept("GRANTED"):
        cursor.expect("BY")
        role_name(cursor)


# What they are on


def _target(cursor: Cursor, privileges: tuple[str, ...]) -> Privileges:
    if cursor.accept("ALL"):
        word = cursor.expect_one(*_WHOLE_SCHEMAS)
        cursor.expect("IN", "SCHEMA")
        schemas = cursor.listed(lambda: cursor.name("a schema"))
        kind = f"all {word.lower()} in schema"
        return Privileges(privileges=privileges, kind=kind, names=tuple(schemas))
    named = None if cursor.look() in _AFTER_A_TABLE else _of_kind(cursor)
    if named is not None:
        kind, names = named
        return Privileges(privileges=privileges, kind=kind, names=tuple(names))
    if cursor.word == "TABLE" or (cursor.word == "SEQUENCE" and cursor.look() not in _AFTER_A_TABLE):
        kind = cursor.expect_one("TABLE", "SEQUENCE").lower()
    else:
        kind = "table"
    relations: list[Relation] = cursor.listed(cursor.relation)
    return Privileges(
        privileges=privileges,
        kind=kind,
        names=tuple(relation.text for relation in relations),
        tables=tuple(relations) if kind == "table" else (),
        sequences=tuple(relations) if kind == "sequence" else (),
    )


def _of_kind(cursor: Cursor) -> tuple[str, list[str]] | None:
    for words in _BY_NAME:
        if cursor.accept(*words):
            return " ".join(words).lower(), cursor.listed(lambda: cursor.name("a name"))
    if word := cursor.accept_one(*_ROUTINES):
        return word.lower(), cursor.listed(lambda: routine(cursor))
    if word := cursor.accept_one("TYPE", "DOMAIN"):
        return word.lower(), cursor.listed(lambda: cursor.relation(f"a {word.lower()}").text)
    if cursor.accept("LARGE", "OBJECT"):
        return "large object", cursor.listed(lambda: number(cursor))
    if cursor.accept("PARAMETER"):
        return "parameter", cursor.listed(lambda: _parameter(cursor))
    return None


def _parameter(cursor: Cursor) -> str:
    parts = [cursor.name("a parameter")]
    while cursor.accept("."):
        parts.append(cursor.name("a parameter"))
    return ".".join(parts)


# Roles


def _roles_of(privileges: tuple[str, ...], at: int) -> tuple[str, ...]:
    if not privileges or any("(" in name or name == "alter system" for name in privileges):
        raise Reject("roles are granted by their names", at)
    return privileges


def _grant_roles(cursor: Cursor, privileges: tuple[str, ...]) -> tuple[Change, ...]:
    roles = _roles_of(privileges, cursor.offset)
    cursor.expect("TO")
    members = _members(cursor)
    options: list[tuple[str, bool]] = []
    if cursor.accept("WITH"):
        options = cursor.listed(lambda: _role_option(cursor))
    _granted_by(cursor)
    cursor.finish()
    # Since 16 there are others than ADMIN OPTION.
    since = 14 if options in ([], [("admin", True)]) and "TRUE" not in cursor.words else 16
    return (ChangeMembership(roles=roles, members=members, options=tuple(options), since=since),)


def _revoke_roles(
    cursor: Cursor, privileges: tuple[str, ...], options: tuple[tuple[str, bool], ...]
) -> tuple[Change, ...]:
    roles = _roles_of(privileges, cursor.offset)
    cursor.expect("FROM")
    members = _members(cursor)
    _granted_by(cursor)
    cascade = _cascade(cursor)
    since = 14 if options in ((), (("admin", False),)) else 16
    return (
        ChangeMembership(
            roles=roles, members=members, revoke=True, options=options, cascade=cascade, since=since
        ),
    )


def _members(cursor: Cursor) -> tuple[str, ...]:
    return tuple(cursor.listed(lambda: role_name(cursor, public=True)))


def _role_option(cursor: Cursor) -> tuple[str, bool]:
    name = cursor.label("an option")
    if name not in ("admin", "inherit", "set"):
        raise Reject(f"there is no option {name}", cursor.offset)
    return name, cursor.expect_one("OPTION", "TRUE", "FALSE") != "FALSE"


# Default privileges


def default_privileges(cursor: Cursor) -> tuple[Change, ...]:
    """ALTER DEFAULT PRIVILEGES, after these words."""
    made_by: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    while cursor.word in ("FOR", "IN"):
        if (made_by and cursor.word == "FOR") or (schemas and cursor.word == "IN"):
            raise Reject("this is said already", cursor.offset)
        if cursor.accept("FOR"):
            cursor.expect_one("ROLE", "USER")
            made_by = tuple(cursor.listed(lambda: role_name(cursor)))
        else:
            cursor.expect("IN", "SCHEMA")
            schemas = tuple(cursor.listed(lambda: cursor.name("a schema")))
    revokes = cursor.expect_one("GRANT", "REVOKE") == "REVOKE"
    option = revokes and cursor.accept("GRANT", "OPTION", "FOR")
    privileges = _privileges(cursor)
    if any("(" in name for name in privileges):
        raise Reject("default privileges are not on columns", cursor.offset)
    cursor.expect("ON")
    if cursor.accept("LARGE", "OBJECTS"):
        kind = "large objects"
    else:
        kind = cursor.expect_one(*_DEFAULTS).lower().replace("routines", "functions")
    cursor.expect("FROM" if revokes else "TO")
    roles = _grantees(cursor)
    cascade = False
    if revokes:
        cascade = _cascade(cursor)
    elif cursor.accept("WITH"):
        cursor.expect("GRANT", "OPTION")
        option = True
    cursor.finish()
    return (
        DefaultPrivileges(
            privileges=privileges,
            kind=kind,
            roles=roles,
            made_by=made_by,
            schemas=schemas,
            revoke=revokes,
            grant_option=option,
            cascade=cascade,
        ),
    )


PRODUCTIONS: Productions = {
    ("GRANT",): grant,
    ("REVOKE",): revoke,
    ("ALTER", "DEFAULT", "PRIVILEGES"): default_privileges,
}
