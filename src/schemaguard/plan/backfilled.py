"""What has to be so before a backfill of a table is begun."""

from collections.abc import Collection

from schemaguard.conditions import fires_on_update, regclass, rules_of
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.steps import ensure, ensure_none, slug


def has_key(table: Relation) -> Step:
    """There is a key along which rows that make others are gone through."""
    return ensure(
        slug(table.name, "key"),
        f"{table.text} has a primary key, or columns that are UNIQUE and NOT NULL, along which its rows are"
        " gone through",
        Phase.EXPAND,
        "EXISTS (SELECT FROM pg_catalog.pg_index AS i"
        f" WHERE i.indrelid = {regclass(table)} AND i.indisunique AND i.indimmediate AND i.indisvalid"
        " AND i.indpred IS NULL AND i.indexprs IS NULL"
        " AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = i.indrelid"
        " AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull))",
    )


def nothing_comes_of_it(table: Relation, columns: Collection[str], allowed: Collection[str]) -> Step:
    """An UPDATE of these columns calls no trigger but those that may be called, and meets no rule."""
    return ensure_none(
        slug(table.name, "untriggered"),
        f"the backfill of {table.text} calls no trigger but ours, and those of `schemaguard: fire = NAME`,"
        " and meets no rule",
        Phase.EXPAND,
        f"{fires_on_update(table, columns, allowed)} UNION ALL {rules_of(table)}",
    )
