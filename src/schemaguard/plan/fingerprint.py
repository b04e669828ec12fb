"""A digest of the shape of some tables: two databases with the same one can follow the same plan."""

import hashlib
from collections.abc import Iterable, Iterator

from schemaguard.errors import NotEnoughEvidence
from schemaguard.names import Relation
from schemaguard.schema import (
    Check,
    ColumnState,
    Constraint,
    Exclude,
    ForeignKey,
    SchemaState,
    TableState,
    Unique,
)

Fingerprint = str
_ABSENT = " is not there"


def fingerprint(schema: SchemaState, tables: Iterable[Relation]) -> Fingerprint:
    """The digest of these tables' parents, columns, constraints and indexes, whatever their order.

    A table that is not there has a fingerprint, too. NotEnoughEvidence for one
    whose shape is not known. Expressions count by the columns that they
    refer to: the server spells them its own way. Triggers do not count.
    """
    return digest_of(shape(schema, tables))


def shape(schema: SchemaState, tables: Iterable[Relation]) -> tuple[str, ...]:
    """The lines of which the fingerprint is made. NotEnoughEvidence as there."""
    return tuple(line for table in sorted(set(tables)) for line in _of_table(schema, table))


def differences(expected: Iterable[str], found: Iterable[str]) -> tuple[str, ...]:
    """The lines that only one of two shapes has: ``- `` before what is missing, ``+ `` before the rest."""
    before, now = dict.fromkeys(expected), dict.fromkeys(found)
    absent = {line.removesuffix(_ABSENT) for line in (*before, *now) if line.endswith(_ABSENT)}
    apart = [("-", line) for line in before if line not in now] + [
        ("+", line) for line in now if line not in before
    ]
    # Of a table that one of them lacks, that is all there is to say.
    told = ((mark, line) for mark, line in apart if line.split(": ", 1)[0] not in absent or ": " not in line)
    return tuple(f"{mark} {line}" for mark, line in sorted(told, key=lambda one: one[1].split(": ", 1)[0]))


def digest_of(lines: Iterable[str]) -> Fingerprint:
    """The fingerprint of the tables whose shape the lines are."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _of_table(schema: SchemaState, name: Relation) -> Iterator[str]:
    state = schema.table(name)
    if state is None:
        yield f"{name}{_ABSENT}"
        return
    if not state.complete:
        raise NotEnoughEvidence(
            f"table {name.text}: its whole shape is not known",
            advice="Give the whole history of migrations, or the schema before this one:"
            " --schema FILE, written by `pg_dump --schema-only`.",
        )
    yield f"{name}"
    yield from (f"{name}: {line.strip()}" for line in _lines(schema, name, state))


def _lines(schema: SchemaState, name: Relation, state: TableState) -> Iterator[str]:
    yield from (f"child of {parent}" for parent in sorted(state.parents))
    yield from sorted(_column(column) for column in state.columns)
    yield from sorted(_constraint(constraint) for constraint in state.constraints)
    for index, built in sorted(schema.indexes_of(name)):
        columns = ", ".join(column or "?" for column in built.columns)
        also = ", ".join(sorted(built.also))
        kinds = [word for word, on in (("unique", built.unique), ("partial", built.partial)) if on]
        with_also = f" including ({also})" if also else ""
        kinds += [] if built.valid else ["invalid"]
        yield f"index {index} ({columns}){with_also} {' '.join(kinds)}"


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
            inherited = " no inherit" if own else ""
            columns = ", ".join(sorted(expression.columns))
            return f"check {name} ({columns}){_state(valid=valid, enforced=enforced)}{inherited}"
        case ForeignKey(name=name, columns=columns, target=target, target_columns=targets, valid=valid):
            state = _state(valid=valid, enforced=constraint.enforced)
            return f"foreign key {name} ({', '.join(columns)}) to {target} ({', '.join(targets)}){state}"
        case Unique(name=name, columns=columns, primary=primary, nulls_distinct=distinct):
            alike = "" if distinct else " nulls not distinct"
            apart = " apart" if constraint.without_overlaps else ""
            kind = "primary key" if primary else "unique"
            return f"{kind} {name} ({', '.join(columns)}){alike}{apart}{_when(constraint)}"
        case Exclude(name=name, columns=columns):
            return f"exclude {name} ({', '.join(columns)}){_when(constraint)}"


def _state(*, valid: bool, enforced: bool) -> str:
    return f"{'' if valid else ' not valid'}{'' if enforced else ' not enforced'}"


def _when(constraint: Unique | Exclude) -> str:
    return " deferred" if constraint.deferred else " deferrable" if constraint.deferrable else ""
