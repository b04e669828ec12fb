"""CREATE, ALTER and DROP of roles; DROP OWNED and REASSIGN OWNED."""

from schemaguard.changes.base import Change
from schemaguard.changes.change_in_cluster import ChangeInCluster, Verb
from schemaguard.changes.change_membership import ChangeMembership
from schemaguard.changes.drop_owned import DropOwned
from schemaguard.changes.reassign_owned import ReassignOwned
from schemaguard.sql.cluster_objects import changed, renamed
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import cascades
from schemaguard.sql.object_names import number, role_name, string
from schemaguard.sql.productions import Productions
from schemaguard.sql.settings import changed_setting

#: What a role may be or not be.
_SWITCHES = frozenset(
    """SUPERUSER NOSUPERUSER CREATEROLE NOCREATEROLE REPLICATION NOREPLICATION CREATEDB NOCREATEDB LOGIN
    NOLOGIN BYPASSRLS NOBYPASSRLS NOINHERIT INHERIT""".split()
)


def _create_role(cursor: Cursor) -> tuple[Change, ...]:
    name = role_name(cursor)
    cursor.accept("WITH")
    options = _options(cursor, create=True)
    return changed(Verb.CREATE, "role", name, options)


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
        return renamed(cursor, "role", name)
    within = cursor.accept("IN")
    if within:
        cursor.expect("DATABASE")
        cursor.name("a database")
    if within or not name or cursor.word in ("SET", "RESET"):
        return changed(Verb.ALTER, "role", name, ["setting " + changed_setting(cursor)])
    cursor.accept("WITH")
    if cursor.word == "USER" and (members := _only_members(cursor)):
        return (ChangeMembership(roles=(name,), members=members),)
    return changed(Verb.ALTER, "role", name, _options(cursor, create=False))


def _only_members(cursor: Cursor) -> tuple[str, ...]:
    """The new members, if the statement says nothing else; what GROUP ... ADD says, too."""
    place = cursor.at
    cursor.expect("USER")
    members = _roles(cursor)
    if cursor.done:
        return members
    cursor.at = place
    return ()


def _alter_group(cursor: Cursor) -> tuple[Change, ...]:
    name = role_name(cursor)
    if cursor.accept("RENAME"):
        return renamed(cursor, "role", name)
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


PRODUCTIONS: Productions = {
    **{("CREATE", word): _create_role for word in ("ROLE", "USER", "GROUP")},
    **{("ALTER", word): _alter_role for word in ("ROLE", "USER")},
    **{("DROP", word): _drop_role for word in ("ROLE", "USER", "GROUP")},
    ("ALTER", "GROUP"): _alter_group,
    ("DROP", "OWNED"): _drop_owned,
    ("REASSIGN", "OWNED"): _reassign_owned,
}
