"""An author's UPDATE of rows that running code uses, in small batches."""

from collections.abc import Mapping
from dataclasses import replace

from schemaguard.batched_steps import in_batches
from schemaguard.changes import UpdateRows
from schemaguard.conditions import all_of, differ, no_row
from schemaguard.names import quote
from schemaguard.phase import Phase
from schemaguard.recipe import Backfill, Step
from schemaguard.schema import SchemaState, Volatility
from schemaguard.sql.expressions import facts
from schemaguard.sql.reject import Reject
from schemaguard.sql.words import named, unqualified
from schemaguard.steps import slug


def moved(change: UpdateRows, values: Mapping[str, str], schema: SchemaState) -> Step | str:
    """The step; or why the statement cannot be cut into batches, each of which may be run again."""
    table = schema.known(change.table)
    types = {column.name: str(column.type) for column in table.columns if column.type is not None}
    where = unqualified(change.where.text, types) if change.where else ""
    if change.reads:
        return f"it takes values from {change.reads[0].text}, which may change meanwhile"
    for name, text in values.items():
        if named(text, values):
            return f"what it gives to {name} depends on what it has given before: {text}"
        try:
            if facts(text).volatility is Volatility.VOLATILE:
                return f"what it gives to {name} is another value each time: {text}"
        except Reject as error:
            return f"what it gives to {name} is not understood: {error}"
    differs = " OR ".join(_differs(name, text, types.get(name)) for name, text in values.items())
    needed = all_of(where, differs) if where else differs
    used = named(" + ".join([needed, *values.values()]), types)
    step = in_batches(
        slug(change.table.name, "update", *values),
        f"set {', '.join(values)} in rows of {change.table.text}",
        Phase.BACKFILL,
        no_row(change.table, needed, {name: types[name] for name in used}),
        Backfill(table=change.table, values=values, where=needed),
    )
    return replace(step, undo=None)


def _differs(name: str, text: str, type_: str | None) -> str:
    """Whether the column would hold another value, which is rounded then as its type wants it."""
    if type_ is None:
        return f"{quote(name)} IS DISTINCT FROM ({text})"
    return differ(quote(name), f"({text})::{type_}", type_)
