"""What recipes are made of: conditions asked of the catalog, and steps that several recipes have.

Each condition is an SQL expression without a free variable. It can be asked at
any moment of a release, also where the table or the column is not there yet, or
no longer: then it is false, or what ``no_row`` says.
"""

import hashlib
from collections.abc import Iterable, Mapping

from schemaguard.locks import LockMode
from schemaguard.names import MAX_BYTES, Column, Relation, literal, quote
from schemaguard.phase import Phase
from schemaguard.recipe import LockClass, Scope, Step


def own_name(*parts: str) -> str:
    """A name made of the parts, of at most 63 bytes; what is cut off leaves a hash behind."""
    whole = "_".join(part for part in parts if part)
    if len(whole.encode()) <= MAX_BYTES:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    last = parts[-1]
    room = MAX_BYTES - len(last.encode()) - len(digest) - 2
    return f"{whole.encode()[:room].decode(errors='ignore')}_{digest}_{last}"


def slug(*parts: str) -> str:
    """The part of a step's id that says what it is about."""
    return "-".join(part.replace(" ", "_") for part in parts)


# Conditions


def ask(condition: str) -> str:
    """The condition as a query."""
    return f"SELECT {condition}"


def regclass(relation: Relation) -> str:
    """The relation's oid, or NULL."""
    return f"to_regclass({literal(str(relation))})"


def relation_exists(relation: Relation) -> str:
    """Whether a table, an index or a view of that name is there."""
    return f"{regclass(relation)} IS NOT NULL"


def _attribute(column: Column, more: str = "") -> str:
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {regclass(column.table)}"
        f" AND attname = {literal(column.name)} AND NOT attisdropped{more})"
    )


def column_exists(column: Column) -> str:
    """Whether the column is there."""
    return _attribute(column)


def column_is_not_null(column: Column) -> str:
    """Whether the column is there and NOT NULL."""
    return _attribute(column, " AND attnotnull")


def column_has_default(column: Column) -> str:
    """Whether the column is there and has a default."""
    return _attribute(column, " AND atthasdef")


def constraint_exists(table: Relation, name: str, *, valid: bool = False) -> str:
    """Whether the table has the constraint, and if ``valid`` is asked for, whether it is valid."""
    more = " AND convalidated" if valid else ""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {regclass(table)}"
        f" AND conname = {literal(name)}{more})"
    )


def index_is_ready(index: Relation) -> str:
    """Whether the index is there and valid: IF NOT EXISTS would take an invalid one for it."""
    return f"EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = {regclass(index)} AND indisvalid)"


def trigger_is_enabled(table: Relation, name: str) -> str:
    """Whether the table has the trigger, and it fires."""
    return (
        f"EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {regclass(table)}"
        f" AND tgname = {literal(name)} AND tgenabled <> 'D')"
    )


def no_row(table: Relation, where: str, types: Mapping[str, str]) -> str:
    """Whether there is no row where ``where`` holds. A column of ``types`` that is not there counts as NULL.

    Names in the inner query are looked for in the table first, and only then in ``absent``. So they
    must not be qualified.
    """
    absent = ", ".join(f"NULL::{type_} AS {quote(name)}" for name, type_ in sorted(types.items()))
    return (
        f"NOT EXISTS (SELECT FROM (SELECT {absent}) AS absent,"
        f" LATERAL (SELECT FROM {table} WHERE {where}) AS present)"
    )


def either(*conditions: str) -> str:
    """Whether one of the conditions holds."""
    return " OR ".join(f"({condition})" for condition in conditions)


def all_of(*conditions: str) -> str:
    """Whether all conditions hold."""
    return " AND ".join(f"({condition})" for condition in conditions)


def negated(condition: str) -> str:
    """Whether the condition does not hold."""
    return f"NOT ({condition})"


# Steps


def at_once(
    slug_: str,
    title: str,
    phase: Phase,
    sql: Iterable[str],
    *,
    probe: str,
    locks: Iterable[tuple[Relation, LockMode]],
    undo: Iterable[str] | None = (),
) -> Step:
    """A step in one short transaction, under locks that stop others. ``probe`` is a condition."""
    return Step(
        id=slug_,
        phase=phase,
        title=title,
        sql=tuple(sql),
        locks=tuple(locks),
        probe=ask(probe),
        undo=None if undo is None else tuple(undo),
    )


def alone(
    slug_: str,
    title: str,
    phase: Phase,
    statement: str,
    *,
    probe: str,
    locks: Iterable[tuple[Relation, LockMode]],
    undo: Iterable[str] | None = (),
    tidy: Iterable[str] = (),
) -> Step:
    """A statement outside any transaction, under locks that let reads and writes through."""
    return Step(
        id=slug_,
        phase=phase,
        title=title,
        sql=(statement,),
        scope=Scope.ALONE,
        lock_class=LockClass.PATIENT,
        locks=tuple(locks),
        probe=ask(probe),
        check=ask(probe),
        undo=None if undo is None else tuple(undo),
        tidy=tuple(tidy),
    )


def ensure(slug_: str, title: str, phase: Phase, condition: str) -> Step:
    """A step that changes nothing: all that follows rests on the condition."""
    query = ask(condition)
    return Step(id=slug_, phase=phase, title=title, lock_class=LockClass.PATIENT, probe=query, check=query)


def validate(
    table: Relation, name: str, phase: Phase, *, or_else: str = "", also: Relation | None = None
) -> Step:
    """VALIDATE CONSTRAINT. ``or_else``: what shows that it was done before the constraint went away again."""
    valid = constraint_exists(table, name, valid=True)
    locks = [(table, LockMode.SHARE_UPDATE_EXCLUSIVE)]
    if also is not None and also != table:
        locks.append((also, LockMode.ROW_SHARE))
    return alone(
        slug(table.name, "validate", name),
        f"let every row of {table.text} be held against {name}",
        phase,
        f"ALTER TABLE {table} VALIDATE CONSTRAINT {quote(name)}",
        probe=either(valid, or_else) if or_else else valid,
        locks=locks,
    )


def drop_constraint(table: Relation, name: str) -> str:
    """The statement that drops a constraint, or finds it gone."""
    return f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {quote(name)}"


def set_not_null(column: Column, type_: str) -> tuple[Step, ...]:
    """NOT NULL without a scan that stops others: a CHECK is validated first, and dropped afterwards."""
    table, name = column.table, quote(column.name)
    check = own_name(table.name, column.name, "present")
    done = column_is_not_null(column)
    exclusive = ((table, LockMode.ACCESS_EXCLUSIVE),)
    add = f"ALTER TABLE {table} ADD CONSTRAINT {quote(check)} CHECK ({name} IS NOT NULL) NOT VALID"
    return (
        # NOT VALID refuses every update of a row that holds NULL: there must be none when it comes.
        ensure(
            slug(table.name, column.name, "has-no-null"),
            f"no row of {table.text} has NULL in {column.name}",
            Phase.CONTRACT,
            either(
                done, all_of(column_exists(column), no_row(table, f"{name} IS NULL", {column.name: type_}))
            ),
        ),
        at_once(
            slug(table.name, column.name, "refuse-null"),
            f"refuse NULL in {column.text} from now on",
            Phase.CONTRACT,
            (add,),
            probe=either(done, constraint_exists(table, check)),
            locks=exclusive,
            undo=(drop_constraint(table, check),),
        ),
        validate(table, check, Phase.CONTRACT, or_else=done),
        at_once(
            slug(table.name, column.name, "set-not-null"),
            f"make {column.text} NOT NULL, which the constraint proves, and drop the constraint",
            Phase.CONTRACT,
            (f"ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL", drop_constraint(table, check)),
            probe=all_of(done, negated(constraint_exists(table, check))),
            locks=exclusive,
            undo=(f"ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL",),
        ),
    )


def create_index(
    index: Relation, table: Relation, statement: str, phase: Phase, *, or_else: str = ""
) -> Step:
    """CREATE INDEX CONCURRENTLY; what a failed attempt leaves is dropped before the next one."""
    ready = index_is_ready(index)
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {index}"
    return alone(
        slug(index.name, "create"),
        f"build index {index.text} while {table.text} is in use",
        phase,
        statement,
        probe=either(ready, or_else) if or_else else ready,
        locks=((table, LockMode.SHARE_UPDATE_EXCLUSIVE),),
        undo=(drop,),
        tidy=(drop,),
    )
