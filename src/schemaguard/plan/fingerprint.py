"""A digest of the shape of some tables: two databases with the same one can follow the same plan."""

import hashlib
from collections.abc import Iterable, Iterator

from schemaguard.errors import NotEnoughEvidence
from schemaguard.names import Relation
from schemaguard.schema import Check, ColumnState, Constraint, Exclude, ForeignKey, SchemaState, Unique

Fingerprint = str


def fingerprint(schema: SchemaState, tables: Iterable[Relation]) -> Fingerprint:
    """The digest of these tables' parents, columns, constraints and indexes, whatever their order.

    A table that is not there has a fingerprint, too. NotEnoughEvidence for one
    whose shape is not known. Expressions count by the columns that they
    refer to: the server spells them its own way. Triggers do not count.
    """
    lines = [line for table in sorted(set(tables)) for line in _table(schema, table)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _table(schema: SchemaState, name: Relation) -> Iterator[str]:
    state = schema.table(name)
    if state is None:
        yield f"{name} is not there"
        return
    if not state.complete:
        raise NotEnoughEvidence(
            f"table {name.text}: its whole shape is not known",
            advice="Give the whole history of migrations, or let the schema be read from a database.",
        )
    yield f"{name}"
    yield from (f"child of {parent}" for parent in sorted(state.parents))
    yield from sorted(_column(column) for column in state.columns)
    yield from sorted(_constraint(constraint) for constraint in state.constraints)
    for index, built in sorted(schema.indexes_of(name)):
        columns = ", ".join(column or "?" for column in built.columns)
        also = ", ".join(sorted(built.also))
        kinds = [word for word, on in (("unique", built.unique), ("partial", built.partial)) if on]
        yield f"index {index} ({columns}) ({also}) {' '.join(kinds)}{'' if built.valid else ' invalid'}"


def _column(column: ColumnState) -> str:
    words = [
        f"column {column.name} {column.type}",
        "not null" if column.not_null else "",
        "default" if column.default else "",
        f"generated {column.generated.value}" if column.generated else "",
        f"identity {column.identity.value}" if column.identity else "",
    ]
    return " ".join(word for word in words if word)


def _constraint(constraint: Constraint) -> str:
    match constraint:
        case Check(name=name, expression=expression, valid=valid, enforced=enforced, own=own):
            words = f"{valid}{'' if enforced else ' not enforced'}{' no inherit' if own else ''}"
            return f"check {name} ({', '.join(sorted(expression.columns))}) {words}"
        case ForeignKey(name=name, columns=columns, target=target, target_columns=targets, valid=valid):
            words = f"{valid}{'' if constraint.enforced else ' not enforced'}"
            return f"key {name} ({', '.join(columns)}) to {target} ({', '.join(targets)}) {words}"
        case Unique(name=name, columns=columns, primary=primary, nulls_distinct=distinct):
            alike = "" if distinct else " nulls not distinct"
            apart = " apart" if constraint.without_overlaps else ""
            words = f"{primary}{alike}{apart}{_when(constraint)}"
            return f"unique {name} ({', '.join(columns)}) {words}"
        case Exclude(name=name, columns=columns):
            return f"exclude {name} ({', '.join(columns)}){_when(constraint)}"


def _when(constraint: Unique | Exclude) -> str:
    return " deferred" if constraint.deferred else " deferrable" if constraint.deferrable else ""
