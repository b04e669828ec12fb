"""Steps that write rows a few at a time, each few in a transaction of their own."""

from schemaguard.conditions import all_of, ask, column_exists, column_is_not_null, either, no_row
from schemaguard.locks import LockMode
from schemaguard.names import Column, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Backfill, LockClass, Scope, Step
from schemaguard.steps import slug


def in_batches(slug_: str, title: str, phase: Phase, done: str, backfill: Backfill) -> Step:
    """The backfill, under locks that let reads and writes through. ``done``: whether no row is left."""
    written = ((backfill.into or backfill.table, LockMode.ROW_EXCLUSIVE),)
    return Step(
        id=slug_,
        phase=phase,
        title=title,
        scope=Scope.BATCHES,
        lock_class=LockClass.PATIENT,
        locks=written if backfill.into is None else ((backfill.table, LockMode.ROW_SHARE), *written),
        probe=ask(done),
        check=ask(done),
        backfill=backfill,
    )


def fill_nulls(column: Column, type_: str, value: str, phase: Phase) -> Step:
    """Rows where the column is NULL get the value, until it is NOT NULL."""
    where = f"{quote(column.name)} IS NULL"
    filled = all_of(column_exists(column), no_row(column.table, where, {column.name: type_}))
    return in_batches(
        slug(column.table.name, "fill", column.name),
        f"give {column.text} a value where it is NULL",
        phase,
        either(column_is_not_null(column), filled),
        Backfill(table=column.table, values={column.name: value}, where=where),
    )
