"""Whether expressions make values of their columns' types, asked before anything is made."""

from collections.abc import Iterable, Iterator

from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.misfits import misfits
from schemaguard.plan.released import Released
from schemaguard.recipe import Backfill, Step
from schemaguard.steps import ensure_none, slug


def expressions_fit(backfills: Iterable[Backfill], released: Released) -> Iterator[Step]:
    """What a backfill writes, and what the trigger writes back, has a type that the column takes.

    An UPDATE would find that out at its first row, a trigger when somebody writes. Not asked where the
    release makes types or functions: what rests on them is not there yet.
    """
    before, end = released.before, released.end
    if end.types.keys() - before.types.keys() or end.functions.keys() - before.functions.keys():
        return
    said: dict[Relation, dict[tuple[str, str], None]] = {}
    for backfill in backfills:
        # What fills a pair is asked as it is said.
        sync = released.syncs.get(backfill.table)
        if backfill.into is None and not (sync and backfill.values.keys() <= set(sync.added)):
            said.setdefault(backfill.table, {}).update(dict.fromkeys(backfill.values.items()))
    for table, sync in released.syncs.items():
        both = (item for pair in sync.pairs for item in (*pair.up.items(), *pair.down.items()))
        said.setdefault(table, {}).update(dict.fromkeys(both))
    for table, pairs in said.items():
        columns = (c for schema in (end, before) for c in schema.known(table).columns)
        types = {column.name: str(column.type) for column in columns if column.type is not None}
        if table in released.syncs:
            types |= released.syncs[table].types
        found = misfits(pairs, types)
        if found:
            title = f"what the columns of {table.text} are given is of their types"
            yield ensure_none(slug(table.name, "typed"), title, Phase.EXPAND, found)
