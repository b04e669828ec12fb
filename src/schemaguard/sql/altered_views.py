"""ALTER VIEW and ALTER MATERIALIZED VIEW."""

from schemaguard.changes.base import Change
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.rename_table import RenameTable
from schemaguard.changes.set_option import SetOption
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.table_actions import column_action, table_action

_AX = LockMode.ACCESS_EXCLUSIVE
#: What ALTER VIEW can set, and ALTER MATERIALIZED VIEW besides.
_OF_VIEWS = ("OWNER", "SET", "RESET")
_OF_MATERIALIZED = (*_OF_VIEWS, "CLUSTER")


def alter_view(cursor: Cursor, *, materialized: bool) -> tuple[Change, ...]:
    """ALTER [MATERIALIZED] VIEW, after these words."""
    cursor.accept("IF", "EXISTS")
    view = cursor.relation("a view")
    if cursor.accept("RENAME", "TO"):
        found: tuple[Change, ...] = (RenameTable(view, cursor.name("the new name")),)
    elif cursor.accept("RENAME"):
        cursor.accept("COLUMN")
        column = Column(view, cursor.name("a column"))
        cursor.expect("TO")
        found = (RenameColumn(column, cursor.name("the new name")),)
    elif materialized and cursor.word in ("NO", "DEPENDS"):
        found = (_depends(cursor, view),)
    elif materialized:
        found = tuple(_action(part, view) for part in cursor.parts())
        cursor.at = cursor.stop
    else:
        found = (_of_view(cursor, view),)
    cursor.finish()
    return found


def _depends(cursor: Cursor, view: Relation) -> Change:
    cursor.accept("NO")
    cursor.expect("DEPENDS", "ON", "EXTENSION")
    cursor.name("an extension")
    return SetOption(table=view, what="DEPENDS ON EXTENSION", mode=_AX)


def _action(part: Cursor, view: Relation) -> Change:
    """One of the actions of ALTER MATERIALIZED VIEW."""
    if part.accept("ALTER"):
        part.accept("COLUMN")
        change = column_action(part, Column(view, part.name("a column")))
    else:
        change = table_action(part, view) if part.word in _OF_MATERIALIZED else None
    if change is None:
        raise part.expected("an action of ALTER MATERIALIZED VIEW")
    part.finish()
    return change


def _of_view(cursor: Cursor, view: Relation) -> Change:
    if cursor.accept("ALTER"):
        cursor.accept("COLUMN")
        column = cursor.name("a column")
        if cursor.accept("SET", "DEFAULT"):
            facts_at(cursor.rest())
            cursor.at = cursor.stop
            what = "SET DEFAULT"
        else:
            cursor.expect("DROP", "DEFAULT")
            what = "DROP DEFAULT"
        return SetOption(table=view, what=what, mode=_AX, columns=(column,))
    change = table_action(cursor, view) if cursor.word in _OF_VIEWS else None
    if change is None:
        raise cursor.expected("an action of ALTER VIEW")
    return change
