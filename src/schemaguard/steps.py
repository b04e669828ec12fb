"""What recipes are made of: the steps that several of them have, and names for what they make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from schemaguard.conditions import (
    all_of,
    ask,
    column_exists,
    column_has_default,
    column_is_not_null,
    constraint_exists,
    either,
    index_is_ready,
    negated,
    no_row,
    nothing_found,
    used_elsewhere,
)
from schemaguard.locks import LockMode
from schemaguard.names import MAX_BYTES, Column, Relation, digest_of, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Holding, LockClass, Scope, Step
from schemaguard.way_back import Apart


def own_name(*parts: str) -> str:
    """A name made of the parts, of at most 63 bytes; what is cut off leaves a hash behind."""
    whole = "_".join(part for part in parts if part)
    if len(whole.encode()) <= MAX_BYTES:
        return whole
    digest = digest_of(whole)
    last = parts[-1]
    room = MAX_BYTES - len(last.encode()) - len(digest) - 2
    return f"{whole.encode()[:room].decode(errors='ignore')}_{digest}_{last}"


def slug(*parts: str) -> str:
    """The part of a step's id that says what it is about."""
    return "-".join(part.replace(" ", "_") for part in parts)


def at_once(
    slug_: str,
    title: str,
    phase: Phase,
    sql: Iterable[str],
    *,
    probe: str,
    locks: Iterable[tuple[Relation, LockMode]],
    undo: Iterable[str | Apart] | None = (),
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
    undo: Iterable[str | Apart] | None = (),
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


def ensure_none(slug_: str, title: str, phase: Phase, found: str) -> Step:
    """A step that changes nothing: all that follows rests on it that the query finds nothing."""
    return replace(ensure(slug_, title, phase, nothing_found(found)), culprits=found)


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


def proved_check(
    table: Relation, name: str, condition: str, phase: Phase, *, title: str, or_else: str
) -> tuple[Step, Step]:
    """A CHECK that is written down without a look at the rows, and then validated. ``or_else``: as there."""
    add = at_once(
        slug(table.name, "add", name),
        title,
        phase,
        (f"ALTER TABLE {table} ADD CONSTRAINT {quote(name)} CHECK ({condition}) NOT VALID",),
        probe=either(constraint_exists(table, name), or_else),
        locks=((table, LockMode.ACCESS_EXCLUSIVE),),
        undo=(drop_constraint(table, name),),
    )
    return add, validate(table, name, phase, or_else=or_else)


def drop_constraint(table: Relation, name: str) -> str:
    """The statement that drops a constraint, or finds it gone."""
    return f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {quote(name)}"


def set_not_null(column: Column, type_: str) -> tuple[Step, ...]:
    """NOT NULL without a scan that stops others: a CHECK is validated first, and dropped afterwards."""
    table, name = column.table, quote(column.name)
    check = own_name(table.name, column.name, "present")
    done = column_is_not_null(column)
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
        *proved_check(
            table,
            check,
            f"{name} IS NOT NULL",
            Phase.CONTRACT,
            title=f"refuse NULL in {column.text} from now on",
            or_else=done,
        ),
        at_once(
            slug(table.name, column.name, "set-not-null"),
            f"make {column.text} NOT NULL, which the constraint proves, and drop the constraint",
            Phase.CONTRACT,
            (f"ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL", drop_constraint(table, check)),
            probe=all_of(done, negated(constraint_exists(table, check))),
            locks=((table, LockMode.ACCESS_EXCLUSIVE),),
            undo=(f"ALTER TABLE {table} ALTER COLUMN {name} DROP NOT NULL",),
        ),
    )


def create_index(
    index: Relation, table: Relation, statement: str, phase: Phase, *, gone: Column | None = None
) -> Step:
    """CREATE INDEX CONCURRENTLY; what a failed attempt leaves is dropped before the next one.

    ``gone``: the column which, when it has gone, shows that the index was built and has another name.
    """
    ready = index_is_ready(index)
    over = negated(column_exists(gone)) if gone else ""
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {index}"
    return alone(
        slug(index.name, "create"),
        f"build index {index.text} while {table.text} is in use",
        phase,
        statement,
        probe=either(ready, over) if over else ready,
        locks=((table, LockMode.SHARE_UPDATE_EXCLUSIVE),),
        undo=(Apart(drop),),
        tidy=(drop,),
    )


def add_constraint(
    table: Relation, name: str, statement: str, phase: Phase, *, locks: Iterable[tuple[Relation, LockMode]]
) -> Step:
    """A constraint that is not valid yet: it is only written down."""
    return at_once(
        slug(table.name, "add", name),
        f"hold rows of {table.text} against {name} from now on",
        phase,
        (statement,),
        probe=constraint_exists(table, name),
        locks=locks,
        undo=(drop_constraint(table, name),),
    )


def drop_foreign_key(table: Relation, name: str, target: Relation) -> Step:
    """A foreign key goes by itself, so that both tables are locked for a moment only."""
    return at_once(
        slug(table.name, "drop", name),
        f"drop foreign key {name} of {table.text}",
        Phase.CONTRACT,
        (drop_constraint(table, name),),
        probe=negated(constraint_exists(table, name)),
        locks=((one, LockMode.ACCESS_EXCLUSIVE) for one in sorted({table, target})),
        undo=None,
    )


def add_columns(
    table: Relation, types: Mapping[str, str], settings: Sequence[str] = (), *, holds: Iterable[Holding]
) -> Step:
    """Empty columns; ``settings`` say in the same transaction what rows to come get."""
    added = ", ".join(f"ADD COLUMN {quote(name)} {type_}" for name, type_ in types.items())
    gone = ", ".join(f"DROP COLUMN IF EXISTS {quote(name)}" for name in types)
    columns = [Column(table, name) for name in types]
    told = column_has_default if settings else column_exists
    step = at_once(
        slug(table.name, "add", *types),
        f"add {', '.join(types)} to {table.text}{', with a default for rows to come' if settings else ''}",
        Phase.EXPAND,
        (f"ALTER TABLE {table} {added}", *settings),
        probe=all_of(*map(told, columns)),
        locks=((table, LockMode.ACCESS_EXCLUSIVE),),
        undo=(f"ALTER TABLE {table} {gone}",),
    )
    return replace(step, holds=tuple(holds))


def nothing_depends_on(table: Relation, columns: Sequence[str]) -> Step:
    """What is to go is not used in the database itself; better to know at once than in the end."""
    return ensure_none(
        slug(table.name, *columns, "free"),
        f"no view, policy, publication, statistics, trigger or generated column uses {listed(columns)}"
        f" of {table.text}",
        Phase.EXPAND,
        used_elsewhere(table, columns),
    )


def listed(names: Sequence[str]) -> str:
    """The names for people."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names) or "nothing"
