"""How the author's own statements are taken back, where that can be said, and what is lost by it."""

from schemaguard.changes import (
    AddCheck,
    AddForeignKey,
    CommentOn,
    DeleteRows,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropFunction,
    DropIndex,
    DropNotNull,
    DropTable,
    DropTrigger,
    DropType,
    Grant,
    InsertRows,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    SetDefault,
    SetNotNull,
    SetOption,
    UpdateRows,
)
from schemaguard.changes.base import Change
from schemaguard.frame import Effect, Frame
from schemaguard.loose_steps import required_again
from schemaguard.names import Column, Relation, generated, literal, quote
from schemaguard.plan.probes import Ends
from schemaguard.recipe import Intent
from schemaguard.schema import Check, ForeignKey, SchemaState
from schemaguard.server import Server
from schemaguard.steps import drop_constraint
from schemaguard.way_back import Apart, WayBack


def way_back(frame: Frame, ends: Ends) -> WayBack | None:
    """The statements that take the frame's back, () where nothing is to be taken back; None: impossible."""
    way: list[str | Apart] = []
    for effect in reversed(frame.effects):
        one = () if _goes_by_itself(effect.change, frame, ends) else undone(effect.change, frame.before)
        if one is None and not _is_of_young(effect, frame):
            return None
        way.extend(one or ())
    return tuple(way)


def undone(change: Change, before: SchemaState) -> WayBack | None:
    """The statements that take the change back; None: impossible, or not to be said in SQL from here."""
    changes = change.undo(before)
    if changes is None:
        return None
    ways = [_way(one, change.apply(before)) for one in changes]
    return None if None in ways else tuple(statement for way in ways for statement in way or ())


def _is_of_young(effect: Effect, frame: Frame) -> bool:
    """Whether it is about tables alone that the release makes: it is gone when these are taken back."""
    return bool(effect.costs) and all(cost.table in frame.young for cost in effect.costs)


def _goes_by_itself(change: Change, frame: Frame, ends: Ends) -> bool:
    """Whether it is said of what the release makes, and is gone when that is taken back."""
    start = ends.start
    match change:
        case CommentOn(kind="column", table=Relation() as table, column=name) if table in start.tables:
            return start.known(table).column(name) is None
        case CommentOn(kind="sequence", table=Relation() as sequence):
            return sequence in _new_sequences(frame.before, start)
        case CommentOn(table=Relation() as table):
            return table in frame.young
        case Grant(privileges=given):
            new = (*frame.young, *_new_sequences(frame.before, start))
            return bool(given.names) and {*given.names} <= {relation.text for relation in new}
        case SetOption(table=table, columns=columns) if columns and table in start.tables:
            return all(start.known(table).column(name) is None for name in columns)
        case InsertRows(table=table) | UpdateRows(table=table) | DeleteRows(table=table):
            return table in frame.young
        case _:
            return False


def _new_sequences(schema: SchemaState, start: SchemaState) -> set[Relation]:
    """Those of columns that number the rows, and that the release has added."""
    return {
        table.sibling(generated(table.name, (column.name,), "seq", start.relation_names(table.schema)))
        for table, state in schema.tables.items()
        for column in state.columns
        if column.brings_sequence and start.column(Column(table, column.name)) is None
    }


def _way(change: Change, schema: SchemaState) -> WayBack | None:
    match change:
        case SetNotNull(column=column):
            return required_again(column)
        case AddCheck(table=table, check=Check(valid=valid, name=name)):
            return _held_again(change, table, name, schema, valid=valid)
        case AddForeignKey(table=table, key=ForeignKey(valid=valid, name=name)):
            return _held_again(change, table, name, schema, valid=valid)
        case _:
            statement = _statement(change)
            return None if statement is None else (statement,)


def _held_again(
    change: Change, table: Relation, name: str, schema: SchemaState, *, valid: bool
) -> WayBack | None:
    """The constraint is written down at once, and validated afterwards; it can be begun anew."""
    recipe = change.recipe(schema, Server(), Intent())
    if recipe is None:
        return None
    add, *validated = recipe.steps
    proof = tuple(Apart(sql) for step in validated for sql in step.sql) if valid else ()
    return (drop_constraint(table, name), *add.sql, *proof)


def _statement(change: Change) -> str | None:
    # What the release has made it may have taken away again.
    match change:
        case CommentOn(kind=kind, table=Relation() as table, column=column, text=text):
            of = Column(table, column) if column else table
            return f"COMMENT ON {kind.upper()} {of} IS {literal(text) if text else 'NULL'}"
        case DropTable(table=table):
            return f"DROP TABLE IF EXISTS {table}"
        case DropColumn(column=column):
            return _column(column, f"DROP COLUMN {quote(column.name)}", alter=False)
        case DropConstraint(table=table, name=name):
            return f"ALTER TABLE {table} DROP CONSTRAINT {quote(name)}"
        case DropIndex(index=index):
            return f"DROP INDEX IF EXISTS {index}"
        case DropTrigger(table=table, name=name):
            return f"DROP TRIGGER IF EXISTS {quote(name)} ON {table}"
        case DropType(type=type_, domain=domain):
            return f"DROP {'DOMAIN' if domain else 'TYPE'} IF EXISTS {type_}"
        case DropFunction(function=function, kind=kind):
            return f"DROP {kind.upper()} {function}"
        case DropNotNull(column=column):
            return _column(column, "DROP NOT NULL")
        case DropDefault(column=column):
            return _column(column, "DROP DEFAULT")
        case SetDefault(column=column, default=default):
            return _column(column, f"SET DEFAULT {default.text}")
        case RenameConstraint(table=table, name=name, new_name=new):
            return f"ALTER TABLE {table} RENAME CONSTRAINT {quote(name)} TO {quote(new)}"
        case RenameIndex(index=index, new_name=new):
            return f"ALTER INDEX {index} RENAME TO {quote(new)}"
        case RenameTable(table=table, new_name=new):
            return f"ALTER TABLE {table} RENAME TO {quote(new)}"
        case RenameColumn(column=column, new_name=new):
            return _column(column, f"RENAME COLUMN {quote(column.name)} TO {quote(new)}", alter=False)
        case _:
            return None


def _column(column: Column, words: str, *, alter: bool = True) -> str:
    of = f"ALTER COLUMN {quote(column.name)} " if alter else ""
    return f"ALTER TABLE {column.table} {of}{words}"
