"""CREATE, ALTER and DROP of roles, databases and tablespaces; ALTER SYSTEM; DROP OWNED, REASSIGN OWNED."""

from collections.abc import Callable

from schemaguard.changes.base import Change
from schemaguard.changes.change_in_cluster import ChangeInCluster, Verb
from schemaguard.changes.change_membership import ChangeMembership
from schemaguard.changes.drop_owned import DropOwned
from schemaguard.changes.reassign_owned import ReassignOwned
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades
from schemaguard.sql.object_names import number, role_name, string
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.settings import changed_setting, setting_name, value

#: What a role may be or not be.
_SWITCHES = frozenset(
    """SUPERUSER NOSUPERUSER CREATEROLE NOCREATEROLE REPLICATION NOREPLICATION CREATEDB NOCREATEDB LOGIN
    NOLOGIN BYPASSRLS NOBYPASSRLS NOINHERIT INHERIT""".split()
)


def _changed(verb: Verb, kind: str, name: str, what: list[str] | None = None) -> tuple[Change, ...]:
    return (ChangeInCluster(verb=verb, kind=kind, name=name, what=tuple(what or ())),)


# Roles


def _create_role(cursor: Cursor) -> tuple[Change, ...]:
    name = role_name(cursor)
    cursor.accept("WITH")
    options = _options(cursor, create=True)
    return _changed(Verb.CREATE, "role", name, options)


def _options(cursor: Cursor, *, create: bool) -> list[str]:
    found = []
    while not cursor.done:
        found.append(_option(cursor, create=create))
    return found


def _option(cursor: Cursor, *, create: bool) -> str:
    word = cursor.word
    if word in _SWITCHES:
        cursor.at += 1
        return word.lower()
    cursor.at += 1
    match word:
        case "PASSWORD" | "ENCRYPTED":
            if word == "ENCRYPTED":
                cursor.expect("PASSWORD")
                string(cursor)
            elif not cursor.accept("NULL"):
                string(cursor)
            return "password"
        case "CONNECTION":
            cursor.expect("LIMIT")
            number(cursor)
            return "connection limit"
        case "VALID":
            cursor.expect("UNTIL")
            string(cursor)
            return "valid until"
        case "SYSID" if create:
            number(cursor)
            return "sysid"
        case "USER":
            _roles(cursor)
            return "role"
        case "ADMIN" | "ROLE" if create:
            _roles(cursor)
            return word.lower()
        case "IN" if create:
            cursor.expect_one("ROLE", "GROUP")
            _roles(cursor)
            return "in role"
        case _:
            cursor.at -= 1
            raise cursor.expected("an option of a role")


def _roles(cursor: Cursor) -> tuple[str, ...]:
    return tuple(cursor.listed(lambda: role_name(cursor)))


def _alter_role(cursor: Cursor) -> tuple[Change, ...]:
    name = "" if cursor.accept("ALL") else role_name(cursor)
    if name and cursor.accept("RENAME"):
        return _renamed(cursor, "role", name)
    within = cursor.accept("IN")
    if within:
        cursor.expect("DATABASE")
        cursor.name("a database")
    if within or not name or cursor.word in ("SET", "RESET"):
        return _changed(Verb.ALTER, "role", name, ["setting " + changed_setting(cursor)])
    cursor.accept("WITH")
    if cursor.word == "USER" and (members := _only_members(cursor)):
        return (ChangeMembership(roles=(name,), members=members),)
    return _changed(Verb.ALTER, "role", name, _options(cursor, create=False))


def _only_members(cursor: Cursor) -> tuple[str, ...]:
    """The new members, if the statement says nothing else; what GROUP ... ADD says, too."""
    place = cursor.at
    cursor.expect("USER")
    members = _roles(cursor)
    if cursor.done:
        return members
    cursor.at = place
    return ()


def _renamed(cursor: Cursor, kind: str, name: str) -> tuple[Change, ...]:
    cursor.expect("TO")
    new = role_name(cursor) if kind == "role" else cursor.name("the new name")
    cursor.finish()
    return _changed(Verb.RENAME, kind, name, [new])


def _alter_group(cursor: Cursor) -> tuple[Change, ...]:
    name = role_name(cursor)
    if cursor.accept("RENAME"):
        return _renamed(cursor, "role", name)
    revoke = cursor.expect_one("ADD", "DROP") == "DROP"
    cursor.expect("USER")
    members = _roles(cursor)
    cursor.finish()
    return (ChangeMembership(roles=(name,), members=members, revoke=revoke),)


def _drop_role(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    roles = _roles(cursor)
    cursor.finish()
    return tuple(
        ChangeInCluster(verb=Verb.DROP, kind="role", name=name, if_exists=if_exists) for name in roles
    )


def _drop_owned(cursor: Cursor) -> tuple[Change, ...]:
    cursor.expect("BY")
    return (DropOwned(roles=_roles(cursor), cascade=cascades(cursor)),)


def _reassign_owned(cursor: Cursor) -> tuple[Change, ...]:
    cursor.expect("BY")
    roles = _roles(cursor)
    cursor.expect("TO")
    owner = role_name(cursor)
    cursor.finish()
    return (ReassignOwned(roles=roles, new_owner=owner),)


# Databases


def _create_database(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a database")
    what = _database_options(cursor)
    # STRATEGY, locales of ICU and others are not told apart: what old servers do not know they refuse.
    return (ChangeInCluster(verb=Verb.CREATE, kind="database", name=name, what=tuple(what), outside=True),)


def _database_options(cursor: Cursor) -> list[str]:
    cursor.accept("WITH")
    found = []
    while not cursor.done:
        name = "connection limit" if cursor.accept("CONNECTION", "LIMIT") else _database_option(cursor)
        cursor.accept("=")
        if not cursor.accept("DEFAULT"):
            value(cursor)
        found.append(name)
    cursor.finish()
    return found


def _database_option(cursor: Cursor) -> str:
    at = cursor.offset
    name = cursor.name("an option")
    if name not in _DATABASE_OPTIONS:
        raise Reject(f"a database has no option {name}", at)
    return name


_DATABASE_OPTIONS = frozenset(
    """owner template encoding locale lc_collate lc_ctype builtin_locale icu_locale icu_rules locale_provider
    collation_version tablespace allow_connections is_template oid strategy""".split()
)


def _alter_database(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a database")
    if cursor.accept("RENAME"):
        return _renamed(cursor, "database", name)
    if cursor.accept("OWNER", "TO"):
        role_name(cursor)
        cursor.finish()
        return _changed(Verb.ALTER, "database", name, ["owner"])
    if cursor.accept("REFRESH"):
        cursor.expect("COLLATION", "VERSION")
        cursor.finish()
        what = ("collation version",)
        return (ChangeInCluster(verb=Verb.ALTER, kind="database", name=name, what=what, since=15),)
    if cursor.accept("SET", "TABLESPACE"):
        cursor.name("a tablespace")
        cursor.finish()
        what = ("tablespace",)
        return (ChangeInCluster(verb=Verb.ALTER, kind="database", name=name, what=what, outside=True),)
    if cursor.word in ("SET", "RESET"):
        return _changed(Verb.ALTER, "database", name, ["setting " + changed_setting(cursor)])
    options = _database_options(cursor)
    outside = options == ["tablespace"]
    return (
        ChangeInCluster(verb=Verb.ALTER, kind="database", name=name, what=tuple(options), outside=outside),
    )


def _drop_database(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    name = cursor.name("a database")
    what = []
    if cursor.accept("WITH") or cursor.word == "(":
        within = cursor.inside()
        within.listed(lambda: within.expect("FORCE"))
        within.finish()
        what.append("force")
    cursor.finish()
    return (
        ChangeInCluster(
            verb=Verb.DROP,
            kind="database",
            name=name,
            if_exists=if_exists,
            what=tuple(what),
            outside=True,
        ),
    )


# Tablespaces and settings


def _create_tablespace(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a tablespace")
    if cursor.accept("OWNER"):
        role_name(cursor)
    cursor.expect("LOCATION")
    string(cursor)
    if cursor.accept("WITH"):
        _parameters(cursor, values=True)
    cursor.finish()
    return (ChangeInCluster(verb=Verb.CREATE, kind="tablespace", name=name, outside=True),)


def _parameters(cursor: Cursor, *, values: bool) -> None:
    within = cursor.inside()
    for part in within.parts():
        part.label("a parameter")
        if values and part.accept("="):
            value(part)
        part.finish()


def _alter_tablespace(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a tablespace")
    if cursor.accept("RENAME"):
        return _renamed(cursor, "tablespace", name)
    if cursor.accept("OWNER", "TO"):
        role_name(cursor)
        what = ["owner"]
    else:
        _parameters(cursor, values=cursor.expect_one("SET", "RESET") == "SET")
        what = ["parameters"]
    cursor.finish()
    return _changed(Verb.ALTER, "tablespace", name, what)


def _drop_tablespace(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    name = cursor.name("a tablespace")
    cursor.finish()
    return (ChangeInCluster(verb=Verb.DROP, kind="tablespace", name=name, if_exists=if_exists, outside=True),)


def _alter_system(cursor: Cursor) -> tuple[Change, ...]:
    if cursor.accept("RESET"):
        name = "" if cursor.accept("ALL") else setting_name(cursor)
        cursor.finish()
        what = ("reset",)
    else:
        if cursor.look() in ("TIME", "SCHEMA", "NAMES") and cursor.look(2) not in ("=", "TO", "."):
            raise Reject("schemaguard does not know this form of ALTER SYSTEM", cursor.offset)
        name, what = changed_setting(cursor), ("set",)
    return (ChangeInCluster(verb=Verb.ALTER, kind="setting", name=name, what=what, outside=True),)


_ROLES: dict[tuple[str, ...], Callable[[Cursor], tuple[Change, ...]]] = {
    **{("CREATE", word): _create_role for word in ("ROLE", "USER", "GROUP")},
    **{("ALTER", word): _alter_role for word in ("ROLE", "USER")},
    **{("DROP", word): _drop_role for word in ("ROLE", "USER", "GROUP")},
}

PRODUCTIONS: Productions = {
    **_ROLES,
    ("ALTER", "GROUP"): _alter_group,
    ("DROP", "OWNED"): _drop_owned,
    ("REASSIGN", "OWNED"): _reassign_owned,
    ("CREATE", "DATABASE"): _create_database,
    ("ALTER", "DATABASE"): _alter_database,
    ("DROP", "DATABASE"): _drop_database,
    ("CREATE", "TABLESPACE"): _create_tablespace,
    ("ALTER", "TABLESPACE"): _alter_tablespace,
    ("DROP", "TABLESPACE"): _drop_tablespace,
    ("ALTER", "SYSTEM"): _alter_system,
}
