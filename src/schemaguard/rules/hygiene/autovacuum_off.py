"""
A table that autovacuum leaves alone grows, and its statistics grow old.

## Why

Rows that were updated or deleted keep their place, so that table and indexes grow with
each write; the planner counts on what was there when somebody last ran ANALYZE. Before
transaction numbers run out autovacuum comes all the same, and then freezes all of the
table at once, on a day that nobody has chosen.

## Instead

Leave it on, and make it come more often for a large table: `autovacuum_vacuum_scale_factor`.
Where it was switched off for a bulk load, RESET it in the same migration.
"""

from collections.abc import Iterator, Sequence

from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.set_option import SetOption
from schemaguard.evidence import Wording
from schemaguard.names import Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity

#: The ways to write false that PostgreSQL takes for a boolean option, less quotes.
_OFF = {"0", "f", "fa", "fal", "fals", "false", "n", "no", "of", "off"}


def check(frames: Sequence[Frame]) -> Iterator[tuple[Frame, Finding]]:
    """A table for which it is off when the migration ends, and was switched off in it."""
    off: dict[Relation, Frame] = {}
    for frame in frames:
        for effect in frame.effects:
            match effect.change:
                case CreateTable(table=table, options=options) | SetOption(table=table, options=options):
                    value = dict(options).get("autovacuum_enabled")
                    if value is not None and value.strip("'").lower() in _OFF:
                        off[table] = frame
                    elif value is not None:
                        off.pop(table, None)
                case _:
                    pass  # No other change has storage parameters.
    for table, frame in off.items():
        yield (
            frame,
            Finding(
                message=f"autovacuum leaves {table.text} alone: it grows with every write",
                because=Wording("autovacuum_enabled"),
                advice="Leave it on, or RESET it when the load is done.",
            ),
        )


RULE = Rule(
    check_script=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("switched off", "ALTER TABLE account SET (autovacuum_enabled = off);"),
        Bad(
            "off from the beginning",
            "CREATE TABLE visit (id bigint PRIMARY KEY) WITH (autovacuum_enabled = 'false');",
            ends_elsewhere="it is about another table",
        ),
        Good("more often", "ALTER TABLE account SET (autovacuum_vacuum_scale_factor = 0.01);"),
        Good(
            "on again",
            """
            ALTER TABLE account SET (autovacuum_enabled = off);
            ALTER TABLE account RESET (autovacuum_enabled);
            """,
        ),
    ),
)
