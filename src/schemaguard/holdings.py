"""What is lost when an expand is taken back: what only the new shape holds, and how its rows are counted."""

from schemaguard.conditions import differ
from schemaguard.names import Column, Relation, quote
from schemaguard.recipe import Holding


def of_table(table: Relation) -> Holding:
    """The rows of a table that the release makes."""
    return Holding(f"rows of {table.text}", f"SELECT count(*) FROM {table}")


def of_missing(column: Column) -> Holding:
    """The rows without a value, which keep a column from being NOT NULL again."""
    return Holding(
        f"rows without a value in {column.text}",
        f"SELECT count(*) FROM {column.table} WHERE {quote(column.name)} IS NULL",
        stops=True,
    )


def of_column(column: Column, type_: str, default: str = "") -> Holding:
    """The values of a column that the release adds. ``default``: what it has where no code gave one."""
    name = quote(column.name)
    given = differ(name, f"({default})::{type_}", type_) if default else f"{name} IS NOT NULL"
    return Holding(
        f"rows that have a value of their own in {column.text}",
        f"SELECT count(*) FROM {column.table} WHERE {given}",
    )
