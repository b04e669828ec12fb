"""ALTER ... ALL IN TABLESPACE, of tables, indexes and materialized views."""

from functools import partial

from schemaguard.changes.base import Change
from schemaguard.changes.move_all import MoveAll, Moved
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.object_names import role_name
from schemaguard.sql.productions import Productions


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
    ("ALTER", "TABLE", "ALL", "IN", "TABLESPACE"): partial(_move_all, kind=Moved.TABLES),
    ("ALTER", "INDEX", "ALL", "IN", "TABLESPACE"): partial(_move_all, kind=Moved.INDEXES),
    ("ALTER", "MATERIALIZED", "VIEW", "ALL", "IN", "TABLESPACE"): partial(_move_all, kind=Moved.VIEWS),
}
