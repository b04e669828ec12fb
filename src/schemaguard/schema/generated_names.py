"""The names that PostgreSQL gives to constraints that have none."""

from schemaguard.names import Relation, generated
from schemaguard.schema.constraints import Check, Constraint, Exclude, ForeignKey, Unique


def chosen_name(table: Relation, constraint: Constraint, constraints: set[str], relations: set[str]) -> str:
    """The name beside the ``constraints`` and the ``relations`` of the table's schema."""
    match constraint:
        case Check(expression=expression):
            # With one column in it PostgreSQL names it after that column, wherever it is written.
            of = tuple(expression.columns) if len(expression.columns) == 1 else ()
            return generated(table.name, of, "check", constraints)
        case ForeignKey(columns=columns):
            return generated(table.name, columns, "fkey", constraints)
        case Unique(primary=True):
            return generated(table.name, (), "pkey", constraints | relations)
        case Unique(columns=columns, included=included):
            return generated(table.name, (*columns, *included), "key", constraints | relations)
        case Exclude(columns=columns, index=index):
            labels = index.labels if index is not None else columns
            return generated(table.name, labels, "excl", constraints | relations)
