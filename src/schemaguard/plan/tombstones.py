"""A column or table that is to go gets another name first: until it is removed, a new name brings it back."""

import hashlib
from dataclasses import replace

from schemaguard.changes import DropColumn, DropTable
from schemaguard.conditions import all_of, ask, column_exists, negated, regclass, relation_exists
from schemaguard.frame import Frame
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation, quote
from schemaguard.phase import Phase
from schemaguard.plan.decision import Decision, Gentle, Impossible
from schemaguard.recipe import Step
from schemaguard.steps import ensure, own_name, slug
from schemaguard.way_back import texts

_NOTE = (
    "{what} gets another name at first, and is removed by a step of its own in the end, which `schemaguard"
    " apply --phase contract --to STEP`, with the step before it, holds off. Until then this brings it back:"
    " {back}.{keys}"
)
_KEYS = " Foreign keys of it do not come back."
_OR_NOT = "Or say above the statement: schemaguard: tombstone = no."


def buried(
    change: DropColumn | DropTable, steps: tuple[Step, ...], frame: Frame, release: str, notes: list[str]
) -> Decision:
    """The recipe's steps, whose last one drops it, with a step before that gives it another name."""
    obstacle = _obstacle(change, frame)
    if obstacle is not None:
        return obstacle
    *before, drop = steps
    rename, removal = (
        _column(change, drop, release) if isinstance(change, DropColumn) else _table(change, drop, release)
    )
    keys = any(step.phase is Phase.CONTRACT and step.sql for step in before)
    notes.append(_note(change, rename, _KEYS if keys else ""))
    asked = _unpublished(change.column.table if isinstance(change, DropColumn) else change.table)
    return Gentle((asked, *before, rename), drops=True, last=(removal,))


def _note(change: DropColumn | DropTable, rename: Step, keys: str) -> str:
    what = change.column if isinstance(change, DropColumn) else change.table
    return _NOTE.format(what=what.text, back="; ".join(texts(rename.undo or ())), keys=keys)


def _column(change: DropColumn, drop: Step, release: str) -> tuple[Step, Step]:
    column = change.column
    tomb = Column(column.table, _tombstone(column.name, column.text, release))
    gone = negated(column_exists(column))
    rename = replace(
        drop,
        id=slug(column.table.name, "tombstone", column.name),
        title=f"call {column.text}, which is to go, {tomb.name}",
        sql=(f"ALTER TABLE {column.table} RENAME COLUMN {quote(column.name)} TO {quote(tomb.name)}",),
        undo=(_back_of_column(column, tomb.name),),
    )
    removal = replace(
        drop,
        title=f"drop column {tomb.text}, which was {column.name}",
        sql=(f"ALTER TABLE {tomb.table} DROP COLUMN {quote(tomb.name)}",),
        probe=ask(all_of(gone, negated(column_exists(tomb)))),
    )
    return rename, removal


def _table(change: DropTable, drop: Step, release: str) -> tuple[Step, Step]:
    table = change.table
    tomb = table.sibling(_tombstone(table.name, table.text, release))
    rename = replace(
        drop,
        id=slug(table.name, "tombstone"),
        title=f"call {table.text}, which is to go, {tomb.name}",
        sql=(f"ALTER TABLE {table} RENAME TO {quote(tomb.name)}",),
        locks=((table, LockMode.ACCESS_EXCLUSIVE),),
        undo=(_back_of_table(table, tomb.name),),
    )
    removal = replace(
        drop,
        title=f"drop table {tomb.text}, which was {table.name}",
        sql=(f"DROP {'FOREIGN ' if change.foreign else ''}TABLE {tomb}",),
        locks=tuple((tomb if one == table else one, mode) for one, mode in drop.locks),
        probe=ask(all_of(negated(relation_exists(table)), negated(relation_exists(tomb)))),
    )
    return rename, removal


def _tombstone(name: str, whole: str, release: str) -> str:
    digest = hashlib.sha256(f"{release}\0{whole}".encode()).hexdigest()[:8]
    return own_name("tombstone", name, digest)


def _back_of_column(column: Column, tomb: str) -> str:
    return f"ALTER TABLE {column.table} RENAME COLUMN {quote(tomb)} TO {quote(column.name)}"


def _back_of_table(table: Relation, tomb: str) -> str:
    return f"ALTER TABLE {table.sibling(tomb)} RENAME TO {quote(table.name)}"


def _unpublished(table: Relation) -> Step:
    """Subscribers know tables and columns by their names."""
    published = "to_regclass(format('%I.%I', schemaname, tablename))"
    parts = f"SELECT relid FROM pg_partition_tree({regclass(table)})"
    return ensure(
        slug(table.name, "unpublished"),
        f"no publication has {table.text}, whose subscribers would miss the names",
        Phase.EXPAND,
        "NOT EXISTS (SELECT FROM pg_catalog.pg_publication_tables"
        f" WHERE {published} = {regclass(table)} OR {published} IN ({parts}))",
    )


def _obstacle(change: DropColumn | DropTable, frame: Frame) -> Impossible | None:
    schema = frame.before
    if change.cascade:
        return Impossible(
            "what needs it would go with it, and another name does not bring that back",
            f"Drop what needs it by statements of its own before, and this without CASCADE. {_OR_NOT}",
        )
    if isinstance(change, DropTable):
        for parent in schema.known(change.table).parents:
            return Impossible(
                f"rows of {change.table.text} are seen in {parent.text} until it is dropped, under any name",
                f"Take it out of {parent.text} first, by DETACH PARTITION or NO INHERIT. {_OR_NOT}",
            )
        return None
    table = change.column.table
    if schema.children(table) and schema.known(table).partitioned_by is None:
        return Impossible(
            f"tables that inherit from {table.text} may have a column {change.column.name} of their own,"
            " which would be renamed with it and stay",
            f"Drop it there first. {_OR_NOT}",
        )
    return None
