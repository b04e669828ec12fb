"""CREATE, ALTER and DROP of databases; ALTER SYSTEM."""

from schemaguard.changes.base import Change
from schemaguard.changes.change_in_cluster import ChangeInCluster, Verb
from schemaguard.sql.cluster_objects import changed, renamed
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.object_names import role_name
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.settings import changed_setting, setting_name, value


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
        return renamed(cursor, "database", name)
    if cursor.accept("OWNER", "TO"):
        role_name(cursor)
        cursor.finish()
        return changed(Verb.ALTER, "database", name, ["owner"])
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
        return changed(Verb.ALTER, "database", name, ["setting " + changed_setting(cursor)])
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


PRODUCTIONS: Productions = {
    ("CREATE", "DATABASE"): _create_database,
    ("ALTER", "DATABASE"): _alter_database,
    ("DROP", "DATABASE"): _drop_database,
    ("ALTER", "SYSTEM"): _alter_system,
}
