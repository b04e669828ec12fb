"""What is lost when an expand is taken back: what only the new shape holds, and how its rows are counted."""

from schemaguard.conditions import differ
from schemaguard.names import Column, Relation, literal, quote
from schemaguard.recipe import Holding
from schemaguard.schema import ColumnState, ForeignKey, Volatility


def of_table(table: Relation, *, with_ours: bool = False) -> Holding:
    """The rows of a table that the release makes. ``with_ours``: nobody can tell its own from others."""
    said = ", those that the release itself has put there with them" if with_ours else ""
    return Holding(f"rows of {table.text}{said}", f"SELECT count(*) FROM {table}")


def of_numbers(column: Column, none: int) -> Holding:
    """The numbers that code has given itself. ``none``: the number of a row that has none yet."""
    name, sequence = quote(column.name), "pg_get_serial_sequence({}, {})::regclass"
    found = sequence.format(literal(str(column.table)), literal(column.name))
    return Holding(
        f"rows with a number in {column.text} that its sequence has not given",
        f"SELECT count(*) FROM {column.table}, pg_sequences AS s"
        f" WHERE format('%I.%I', s.schemaname, s.sequencename)::regclass = {found} AND {name} <> {none}"
        f" AND NOT (s.cycle OR {name} BETWEEN least(s.start_value, coalesce(s.last_value, s.start_value))"
        f" AND greatest(s.start_value, s.last_value) AND ({name} - s.start_value) % s.increment_by = 0)",
    )


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


def of_column(column: Column, type_: str, default: str = "", *, told: bool = True) -> Holding:
    """The values of a column that the release adds. ``default``: what it has where no code gave one.

    Not ``told``: it has a default of which nobody can tell whether code or the column itself gave it. Then
    rows that have not been written since still have the one that the column came with, if it did.
    """
    name = quote(column.name)
    if told:
        given = differ(name, f"({default})::{type_}", type_) if default else f"{name} IS NOT NULL"
        return Holding(
            f"rows that have a value of their own in {column.text}",
            f"SELECT count(*) FROM {column.table} WHERE {given}",
        )
    what = f"rows that have a value in {column.text}, be it of code or of its default, which nobody can tell"
    plain = Holding(what, f"SELECT count(*) FROM {column.table} WHERE {name} IS NOT NULL")
    if type_.endswith("[]"):
        return plain
    came = (
        f"SELECT attrelid, (attmissingval::text::{type_}[])[1] AS value FROM pg_catalog.pg_attribute"
        f" WHERE attname = {literal(column.name)} AND atthasmissing AND NOT attisdropped"
    )
    differs = differ(f"own.{name}", "came.value", type_)
    return Holding(
        what,
        f"SELECT count(*) FROM {column.table} AS own LEFT JOIN ({came}) AS came"
        f" ON came.attrelid = own.tableoid WHERE own.{name} IS NOT NULL AND {differs}",
        or_else=plain,
    )


def of_added(of: Column, column: ColumnState) -> Holding:
    """The values of a column that the release adds."""
    assert column.type is not None
    if is_untold(column):
        return of_column(of, str(column.type), told=False)
    return of_column(of, str(column.type), default_of(column) if column.default else "")


def default_of(column: ColumnState) -> str:
    """What it has where nobody says anything."""
    return column.default.text if column.default is not None else "NULL"


def is_untold(column: ColumnState) -> bool:
    """Whether nobody can tell a value that code gave from one that the column itself has."""
    constant = column.default is None or column.default.volatility is Volatility.CONSTANT
    return not (constant or column.generated or column.brings_sequence)
