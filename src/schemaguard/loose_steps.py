"""A column that new code may leave out, and how it becomes again what it was."""

from dataclasses import replace

from schemaguard.conditions import (
    all_of,
    column_has_default,
    column_is_not_null,
    constraint_exists,
    negated,
)
from schemaguard.holdings import of_missing
from schemaguard.locks import LockMode
from schemaguard.names import Column, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.steps import at_once, drop_constraint, own_name, slug
from schemaguard.way_back import Apart, WayBack


def required_again(column: Column) -> WayBack:
    """SET NOT NULL where running code writes: a CHECK that is validated first spares the look at the rows.

    It can be begun anew from every moment of it.
    """
    check = retained(column)
    alter, drop = f"ALTER TABLE {column.table}", f"DROP CONSTRAINT IF EXISTS {quote(check)}"
    present = f"CHECK ({quote(column.name)} IS NOT NULL)"
    return (
        f"{alter} {drop}, ADD CONSTRAINT {quote(check)} {present} NOT VALID",
        Apart(f"{alter} VALIDATE CONSTRAINT {quote(check)}"),
        f"{alter} ALTER COLUMN {quote(column.name)} SET NOT NULL",
        f"{alter} {drop}",
    )


def retained(column: Column) -> str:
    """The CHECK that is there while a column becomes NOT NULL again."""
    return own_name(column.table.name, column.name, "again")


def loosen(column: Column, *, not_null: bool = True, default: str = "") -> Step:
    """New code may leave the column out: it is not ``not_null`` any more, and without this ``default``."""
    table, alter = column.table, f"ALTER TABLE {column.table} ALTER COLUMN {quote(column.name)}"
    done, undo, check = [], list[str | Apart](), retained(column)
    if default:
        done.append((f"{alter} DROP DEFAULT", negated(column_has_default(column))))
        undo.append(f"{alter} SET DEFAULT {default}")
    if not_null:
        loose = all_of(negated(column_is_not_null(column)), negated(constraint_exists(table, check)))
        done.append((f"{alter} DROP NOT NULL", loose))
        undo.extend(required_again(column))
    step = at_once(
        slug(table.name, "loosen", column.name),
        f"let {column.text} be left out",
        Phase.EXPAND,
        tuple(statement for statement, _ in done),
        probe=all_of(*(probe for _, probe in done)),
        locks=((table, LockMode.ACCESS_EXCLUSIVE),),
        undo=tuple(undo),
    )
    if not not_null:
        return step
    return replace(step, holds=(of_missing(column),), tidy=(drop_constraint(table, check),))
