"""Columns that move to another table, step by step: triggers, the rows that are there, proof and end."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from schemaguard.across import Across
from schemaguard.across_new import AcrossNew
from schemaguard.batched_steps import in_batches
from schemaguard.conditions import (
    SYNC,
    all_of,
    ask,
    column_exists,
    described,
    either,
    finds,
    kept_in_step,
    negated,
    regclass,
    routine_exists,
    trigger_exists,
)
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation, literal, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.steps import at_once, ensure, ensure_none, listed, slug


def steps(across: Across, also: Iterable[Relation] = ()) -> Iterator[Step]:
    """All of them, in their order within each phase. ``also``: where keys of what is dropped point to."""
    yield from _asked(across)
    yield _start(across)
    if isinstance(across, AcrossNew) and across.every:
        # All in one pass, for the target may number its rows.
        yield from (_fill_each(across, phase) for phase in (Phase.BACKFILL, Phase.CONTRACT))
    yield _fill(across)
    yield _in_step(across)
    yield _finish(across, also)


def _slug(across: Across, *parts: str) -> str:
    return slug(across.source.name, *parts, across.target.name, *across.moved.values())


def _title(across: Across) -> str:
    return f"{listed(tuple(across.moved))} of {across.source.text}"


# Conditions


def at_work(across: Across) -> str:
    """Whether all triggers fire."""
    return all_of(*(trigger_exists(t.table, t.name, enabled=True) for t in across.triggers))


def over(across: Across) -> str:
    """Whether they have been taken away again, and the old columns with them."""
    gone = (negated(column_exists(Column(across.source, column))) for column in across.moved)
    functions = (across.from_source, across.from_target)
    return all_of(*gone, *(negated(routine_exists(function)) for function in functions))


def _if_at_work(across: Across, condition: str) -> str:
    """The condition, which can only be asked meanwhile; in the end it holds."""
    return f"CASE WHEN {over(across)} THEN true WHEN {at_work(across)} THEN {condition} ELSE false END"


# Steps


def _asked(across: Across) -> Iterator[Step]:
    table, columns = across.source, tuple(across.moved)
    ours = tuple(trigger.name for trigger in across.triggers if trigger.table == table)
    yield ensure_none(
        _slug(across, "earlier-releases"),
        f"no other release, whose contract is still to come, keeps {_title(across)} in step",
        Phase.EXPAND,
        kept_in_step(table, columns, ours),
    )
    if isinstance(across, AcrossNew) and across.where:
        empty = ", ".join(f"NULL::{type_} AS {quote(column)}" for column, type_ in across.types.items())
        yield ensure(
            _slug(across, "null"),
            f"the WHERE leaves out rows of {table.text} with NULL in {listed(columns)}: such a row of new"
            " code looks like one of old code",
            Phase.EXPAND,
            f"NOT EXISTS (SELECT FROM (SELECT {empty}) AS empty WHERE {across.where})",
        )
    named = either(*(f"strpos(lower(p.prosrc), {literal(column.lower())}) > 0" for column in columns))
    yield ensure_none(
        _slug(across, "given"),
        f"no BEFORE INSERT trigger of {table.text} is about {listed(columns)}: where new code leaves them out"
        " they must be NULL",
        Phase.EXPAND,
        f"SELECT {described('pg_trigger', 't.oid')} FROM pg_catalog.pg_trigger AS t"
        " JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid"
        f" WHERE t.tgrelid = {regclass(table)} AND NOT t.tgisinternal AND t.tgtype & 7 = 7"
        f" AND t.tgenabled <> 'D' AND t.tgname NOT LIKE {literal(f'{SYNC}%')}"
        f" AND ({named})",
    )


def _start(across: Across) -> Step:
    step = at_once(
        _slug(across, "follow"),
        f"let {across.target.text} follow {_title(across)}, and the other way round",
        Phase.EXPAND,
        across.create(),
        probe=f"({at_work(across)}) OR ({over(across)})",
        locks=((table, LockMode.SHARE_ROW_EXCLUSIVE) for table in sorted({across.source, across.target})),
        undo=across.drop(),
    )
    return replace(step, check=ask(at_work(across)))


def _fill(across: Across) -> Step:
    left = finds(f"{across.source} WHERE {across.backfill().where}")
    return in_batches(
        _slug(across, "fill"),
        f"make rows of {across.target.text} from {_title(across)}, where they are not there yet",
        Phase.BACKFILL,
        _if_at_work(across, negated(left)),
        across.backfill(),
    )


def _fill_each(across: AcrossNew, phase: Phase) -> Step:
    """Rows that say nothing, too: new code may have made them, and make theirs in the target itself."""
    rows = _fill(across)
    assert rows.backfill is not None
    return replace(
        rows,
        id=_slug(across, "fill-each"),
        phase=phase,
        title=f"make a row of {across.target.text} for each of {across.source.text} that has none",
        probe="",  # New code may leave such rows: the journal has to tell.
        check="",
        backfill=replace(rows.backfill, where=across.without, once=True),
    )


def _in_step(across: Across) -> Step:
    return ensure(
        _slug(across, "in-step"),
        f"{across.target.text} says the same as {_title(across)}, and no row is missing there",
        Phase.CONTRACT,
        _if_at_work(across, negated(finds(across.wrong))),
    )


def _finish(across: Across, also: Iterable[Relation]) -> Step:
    tables = sorted({across.source, across.target, *also})
    drops = ", ".join(f"DROP COLUMN {quote(column)}" for column in across.moved)
    return at_once(
        _slug(across, "drop"),
        f"drop {_title(across)}, with the triggers that kept {across.target.text} in step",
        Phase.CONTRACT,
        (*across.drop(), f"ALTER TABLE {across.source} {drops}"),
        probe=over(across),
        locks=((table, LockMode.ACCESS_EXCLUSIVE) for table in tables),
        undo=None,
    )
