"""CREATE, ALTER and DROP of tablespaces, and ALTER ... ALL IN TABLESPACE."""

from functools import partial

from schemaguard.changes.base import Change
from schemaguard.changes.change_in_cluster import ChangeInCluster, Verb
from schemaguard.changes.move_all import MoveAll, Moved
from schemaguard.sql.cluster_objects import changed, renamed
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.object_names import role_name, string
from schemaguard.sql.productions import Productions
from schemaguard.sql.settings import value


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
        return renamed(cursor, "tablespace", name)
    if cursor.accept("OWNER", "TO"):
        role_name(cursor)
        what = ["owner"]
    else:
        _parameters(cursor, values=cursor.expect_one("SET", "RESET") == "SET")
        what = ["parameters"]
    cursor.finish()
    return changed(Verb.ALTER, "tablespace", name, what)


def _drop_tablespace(cursor: Cursor) -> tuple[Change, ...]:
    if_exists = cursor.accept("IF", "EXISTS")
    name = cursor.name("a tablespace")
    cursor.finish()
    return (ChangeInCluster(verb=Verb.DROP, kind="tablespace", name=name, if_exists=if_exists, outside=True),)


def _move_all(cursor: Cursor, *, kind: Moved) -> tuple[Change, ...]:
    """After ALTER ... ALL IN TABLESPACE."""
    tablespace = cursor.name("a tablespace")
    owners = cursor.listed(lambda: role_name(cursor)) if cursor.accept("OWNED", "BY") else []
    cursor.expect("SET", "TABLESPACE")
    to = cursor.name("a tablespace")
    nowait = cursor.accept("NOWAIT")
    cursor.finish()
    return (MoveAll(kind=kind, tablespace=tablespace, to=to, owners=tuple(owners), nowait=nowait),)


PRODUCTIONS: Productions = {
    ("CREATE", "TABLESPACE"): _create_tablespace,
    ("ALTER", "TABLESPACE"): _alter_tablespace,
    ("DROP", "TABLESPACE"): _drop_tablespace,
    ("ALTER", "TABLE", "ALL", "IN", "TABLESPACE"): partial(_move_all, kind=Moved.TABLES),
    ("ALTER", "INDEX", "ALL", "IN", "TABLESPACE"): partial(_move_all, kind=Moved.INDEXES),
    ("ALTER", "MATERIALIZED", "VIEW", "ALL", "IN", "TABLESPACE"): partial(_move_all, kind=Moved.VIEWS),
}
