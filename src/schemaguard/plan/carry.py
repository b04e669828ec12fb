"""What hangs on a renamed column by its author's text, made anew on the new one: indexes and CHECKs."""

from collections.abc import Iterator

from schemaguard.changes import RenameColumn
from schemaguard.conditions import all_of, column_exists, negated
from schemaguard.dataclass import dataclass
from schemaguard.names import Column, Relation, quote
from schemaguard.phase import Phase
from schemaguard.plan import edits
from schemaguard.recipe import Step
from schemaguard.schema import Exclude, IndexState, SchemaState, Unique
from schemaguard.sql.words import exchanged
from schemaguard.steps import create_index, drop_constraint, own_name, proved_check


@dataclass(frozen=True, slots=True)
class Carried:
    """Steps before the old column goes, and statements of the transaction in which it goes."""

    steps: tuple[Step, ...]
    ahead: tuple[str, ...]
    finish: tuple[str, ...]


def carry(rename: RenameColumn, schema: SchemaState) -> Carried:
    """The column's own indexes and CHECK constraints. Those of UNIQUE constraints are the recipe's."""
    steps: list[Step] = []
    ahead: list[str] = []
    finish: list[str] = []
    table, old, new = rename.column.table, rename.column, Column(rename.column.table, rename.new_name)
    names = {old.name: new.name}
    for name, built in _indexes(rename, schema):
        made = name.sibling(own_name(name.name, new.name, "new"))
        statement = edits.over(built.definition, made.name, names)
        steps.append(create_index(made, table, statement, Phase.BACKFILL, gone=old))
        # DROP COLUMN would take it along without a word.
        if {*built.columns, *built.also} != {old.name}:
            ahead.append(f"DROP INDEX IF EXISTS {name}")
        finish.append(f"ALTER INDEX {made} RENAME TO {quote(name.name)}")
    for check in schema.known(table).checks():
        if old.name not in check.expression.columns:
            continue
        made_name = own_name(check.name, new.name, "new")
        expression = exchanged(check.expression.text, names)
        over = all_of(negated(column_exists(old)), column_exists(new))
        add, validate = proved_check(
            table,
            made_name,
            expression,
            Phase.CONTRACT,
            title=f"hold {new.text} against {check.name} from now on",
            or_else=over,
        )
        steps += [add, validate] if check.valid else [add]
        # The old one goes with the old column only if it is about no other.
        finish.append(drop_constraint(table, check.name))
        finish.append(f"ALTER TABLE {table} RENAME CONSTRAINT {quote(made_name)} TO {quote(check.name)}")
    return Carried(tuple(steps), tuple(ahead), tuple(finish))


def unknown_index(rename: RenameColumn, schema: SchemaState) -> Relation | None:
    """An index of the column whose definition is not known."""
    return next((name for name, built in _indexes(rename, schema) if not built.definition), None)


def _indexes(rename: RenameColumn, schema: SchemaState) -> Iterator[tuple[Relation, IndexState]]:
    table = rename.column.table
    of_constraints = {c.name for c in schema.known(table).constraints if isinstance(c, Unique | Exclude)}
    for name, built in sorted(schema.indexes_of(table)):
        if built.uses(rename.column.name) and name.name not in of_constraints:
            yield name, built
