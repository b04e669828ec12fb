"""The steps around a table's sync: before it, its start, the rows that are there, the proof, its end."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from schemaguard.batched_steps import in_batches
from schemaguard.column_types import as_assigned
from schemaguard.conditions import (
    COMPUTED,
    SYNC,
    all_of,
    ask,
    described,
    either,
    finds,
    kept_in_step,
    negated,
    no_row,
    regclass,
)
from schemaguard.locks import LockMode
from schemaguard.names import Relation, literal, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Backfill, Holding, Pair, Step
from schemaguard.steps import (
    at_once,
    ensure,
    ensure_none,
    listed,
    nothing_depends_on,
    proved_check,
    slug,
)
from schemaguard.sync import Sync


def preflight(sync: Sync) -> Iterator[Step]:
    """What must be true before anything is done."""
    if sync.dropped:
        yield nothing_depends_on(sync.table, sync.dropped)
    yield from order_of_triggers(sync.table, (sync.on_insert, sync.on_update), sync.known)


def order_of_triggers(table: Relation, ours: Sequence[str], columns: Collection[str]) -> Iterator[Step]:
    """Our triggers see these columns as all others have made them. ``ours``: the first name first."""
    names = ", ".join(map(literal, ours))
    later = (
        f"SELECT {described('pg_trigger', 'oid')} FROM pg_catalog.pg_trigger"
        f" WHERE tgrelid = {regclass(table)}"
        f" AND NOT tgisinternal AND tgtype & 3 = 3 AND tgenabled <> 'D'"
        f" AND tgname NOT IN ({names}) AND tgname NOT LIKE {literal(f'{COMPUTED}%')}"
        f" AND tgname NOT LIKE {literal(f'{SYNC}%')}"
        f' AND tgname::text COLLATE "C" > {literal(ours[0])}'
    )
    yield ensure_none(
        slug(table.name, "trigger-order"),
        f"no BEFORE trigger of {table.text} comes after the one that keeps its columns in step",
        Phase.EXPAND,
        later,
    )
    yield ensure_none(
        slug(table.name, "earlier-releases"),
        f"no other release, whose contract is still to come, keeps {listed(sorted(columns))}"
        f" of {table.text} in step",
        Phase.EXPAND,
        kept_in_step(table, columns, ours),
    )


def start(sync: Sync, adding: Iterable[str] = ()) -> Step:
    """Columns, function and triggers in one transaction. ``adding``: the author's own ADD COLUMN."""
    columns = (f"ADD COLUMN {quote(c)} {t}" for pair in sync.pairs for c, t in pair.new.items())
    adding = tuple(adding) or (f"ALTER TABLE {sync.table} {', '.join(columns)}",)
    gone = ", ".join(f"DROP COLUMN IF EXISTS {quote(column)}" for column in sync.added)
    step = at_once(
        slug(sync.table.name, "add", *sync.added),
        f"add {listed(sync.added)} to {sync.table.text}, and a trigger that keeps"
        f" {'them' if len(sync.added) > 1 else 'it'} in step with {listed(sync.sources)}",
        Phase.EXPAND,
        (*adding, *(statement for pair in sync.pairs for statement in pair.begin), *sync.create()),
        probe=either(sync.at_work, sync.over),
        locks=((sync.table, LockMode.ACCESS_EXCLUSIVE),),
        undo=(*sync.drop(), f"ALTER TABLE {sync.table} {gone}"),
    )
    return replace(step, check=ask(sync.at_work), holds=tuple(_held(sync)))


def _held(sync: Sync) -> Iterator[Holding]:
    for pair in sync.pairs:
        if not pair.in_place:  # Else nobody knows of the new column yet.
            yield Holding(
                f"rows of {sync.table.text} that say in {listed(list(pair.new))}"
                f" what does not follow from {listed(pair.old)}",
                f"SELECT count(*) FROM {sync.table} WHERE {sync.beyond(pair)}",
            )


def fill(sync: Sync) -> Step:
    """The new columns of the rows that were there before the trigger, all in one pass."""
    where = either(*(sync.unfilled(pair) for pair in sync.pairs))
    values = {c: text for pair in sync.pairs for c, text in _values(sync, pair).items()}
    done = either(sync.over, all_of(sync.at_work, _no_row(sync, where)))
    return in_batches(
        slug(sync.table.name, "fill", *sync.added),
        f"fill {listed(sync.added)} in the rows of {sync.table.text} that were there before",
        Phase.BACKFILL,
        done,
        Backfill(table=sync.table, values=values, where=where),
    )


def _values(sync: Sync, pair: Pair) -> Mapping[str, str]:
    if len(sync.pairs) == 1:
        return pair.up
    # A row may need the values of one pair only.
    empty = " AND ".join(f"{quote(column)} IS NULL" for column in pair.new)
    given = {c: as_assigned(text, sync.types[c]) for c, text in pair.up.items()}
    return {c: f"CASE WHEN {empty} THEN {value} ELSE {quote(c)} END" for c, value in given.items()}


def _no_row(sync: Sync, where: str) -> str:
    if any(pair.in_place for pair in sync.pairs):
        # In the end a column of that name is of another type, about which it may make no sense.
        return negated(finds(f"{sync.table} WHERE {where}"))
    return no_row(sync.table, where, sync.known)


def verify(sync: Sync) -> Iterator[Step]:
    """Both forms say the same in every row, and the triggers have not been switched off.

    Asked first, because a CHECK, though not valid yet, refuses every update of a row that is
    wrong. Then a CHECK proves it, and holds until the old columns take it away with them.
    """
    table, both = sync.table, bool(sync.dropped)
    right = _no_row(sync, sync.differing) if both else "true"
    told = "what the old columns say" if both else "kept filled"
    be = "are" if len(sync.added) > 1 else "is"
    yield ensure(
        slug(table.name, "in-step"),
        f"in {table.text}, {listed(sync.added)} {be} {told}",
        Phase.CONTRACT,
        either(sync.over, all_of(sync.at_work, right)),
    )
    if not both:
        return
    name = sync.constraint
    yield from proved_check(
        table,
        name,
        f"({sync.differing}) IS NOT TRUE",
        Phase.CONTRACT,
        title=f"let no row of {table.text} contradict itself from now on",
        or_else=sync.over,
    )


def finish(
    sync: Sync, *, also: Iterable[Relation] = (), before: Iterable[str] = (), after: Iterable[str] = ()
) -> Step:
    """Triggers, function and old columns go in one transaction. ``also``: the tables of their keys.

    ``before`` and ``after``: what has to be done just before they go, and when the new ones have their place.
    """
    tables = sorted({sync.table, *also})
    drops = ", ".join(f"DROP COLUMN {quote(column)}" for column in sync.dropped)
    gone = f"drop {listed(sync.dropped)} of" if sync.dropped else "no longer fill columns of"
    return at_once(
        slug(sync.table.name, "drop", *(sync.dropped or ("trigger",))),
        f"{gone} {sync.table.text}, with the trigger that kept them in step",
        Phase.CONTRACT,
        (
            *sync.drop(),
            *before,
            *(statement for pair in sync.pairs for statement in pair.ahead),
            *((f"ALTER TABLE {sync.table} {drops}",) if drops else ()),
            *(statement for pair in sync.pairs for statement in pair.finish),
            *after,
        ),
        probe=sync.over,
        locks=((table, LockMode.ACCESS_EXCLUSIVE) for table in tables),
        undo=None,
    )
