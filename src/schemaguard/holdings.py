"""What is lost when an expand is taken back: what only the new shape holds, and how its rows are counted."""

from schemaguard.conditions import differ
from schemaguard.names import Column, Relation, quote
from schemaguard.recipe import Holding
from schemaguard.schema import ForeignKey


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


def of_refused(table: Relation, name: str, condition: str) -> Holding:
    """The rows that a CHECK would refuse which has to come again."""
    return Holding(
        f"rows of {table.text} that {name} refuses",
        f"SELECT count(*) FROM {table} WHERE NOT ({condition})",
        stops=True,
    )


def of_orphans(table: Relation, key: ForeignKey) -> Holding:
    """The rows that point nowhere, which a foreign key would refuse. ``key``: with its target's columns."""
    given = [f"own.{quote(column)} IS NOT NULL" for column in key.columns]
    pairs = zip(key.columns, key.target_columns, strict=True)
    same = " AND ".join(f"there.{quote(there)} = own.{quote(here)}" for here, there in pairs)
    # MATCH FULL: of the columns all are given or none.
    whole = " OR " if "MATCH FULL" in key.actions.upper() else " AND "
    return Holding(
        f"rows of {table.text} that point to no row of {key.target.text}, which {key.name} refuses",
        f"SELECT count(*) FROM {table} AS own WHERE ({whole.join(given)})"
        f" AND NOT EXISTS (SELECT FROM {key.target} AS there WHERE {same})",
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
