"""What statements about roles, databases and tablespaces have in common."""

from schemaguard.changes.base import Change
from schemaguard.changes.change_in_cluster import ChangeInCluster, Verb
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.object_names import role_name


def changed(verb: Verb, kind: str, name: str, what: list[str] | None = None) -> tuple[Change, ...]:
    """The one change of a thing of the whole cluster."""
    return (ChangeInCluster(verb=verb, kind=kind, name=name, what=tuple(what or ())),)


def renamed(cursor: Cursor, kind: str, name: str) -> tuple[Change, ...]:
    """RENAME TO, after the first word."""
    cursor.expect("TO")
    new = role_name(cursor) if kind == "role" else cursor.name("the new name")
    cursor.finish()
    return changed(Verb.RENAME, kind, name, [new])
