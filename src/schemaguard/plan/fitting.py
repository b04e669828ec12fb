"""Whether expressions make values of their columns' types, asked before anything is made."""

import re
from collections.abc import Iterable, Iterator, Mapping

from schemaguard.names import Relation, literal, quote
from schemaguard.phase import Phase
from schemaguard.plan.released import Released
from schemaguard.recipe import Backfill, Step
from schemaguard.sql.words import named
from schemaguard.steps import ensure_none, slug

_LITERAL = re.compile(r"'(?:[^']|'')*'")
#: What fits any column.
_ALWAYS = frozenset({"null", "default"})


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
        if backfill.into is None:
            said.setdefault(backfill.table, {}).update(dict.fromkeys(backfill.values.items()))
    for table, sync in released.syncs.items():
        back = (item for pair in sync.pairs for item in pair.down.items())
        said.setdefault(table, {}).update(dict.fromkeys(back))
    for table, pairs in said.items():
        columns = (c for schema in (end, before) for c in schema.known(table).columns)
        types = {column.name: str(column.type) for column in columns if column.type is not None}
        if table in released.syncs:
            types |= released.syncs[table].types
        found = [unfit(column, text, types) for column, text in pairs if asks(column, text, types)]
        if found:
            title = f"what the columns of {table.text} are given is of their types"
            yield ensure_none(slug(table.name, "typed"), title, Phase.EXPAND, " UNION ALL ".join(found))


def asks(column: str, text: str, types: Mapping[str, str]) -> bool:
    """Whether there is a question: none where one column is given what another holds."""
    plain = text.lower() in _ALWAYS or text in map(quote, types)
    return column in types and not plain


def unfit(column: str, text: str, types: Mapping[str, str]) -> str:
    """A query that finds the expression where the column does not take what it makes."""
    type_ = types[column]
    if _LITERAL.fullmatch(text):
        return f"SELECT {literal(f'{column} = {text}')} WHERE ({text})::{type_} IS NULL"
    row = ", ".join(f"NULL::{types[name]} AS {quote(name)}" for name in sorted(named(text, types))) or "NULL"
    # Of no row, so that nothing is computed: what type it would have is known all the same.
    typed = f"pg_typeof((SELECT ({text}) FROM (SELECT {row} OFFSET 0) AS written LIMIT 0))"
    of, to = (f"coalesce(nullif({alias}.typbasetype, 0), {alias}.oid)" for alias in ("s", "t"))
    cast = (
        "EXISTS (SELECT FROM pg_catalog.pg_cast"
        " WHERE castsource = {} AND casttarget = {} AND castcontext <> 'e')"
    )
    return (
        f"SELECT {literal(f'{column} = {text}, which is ')} || format_type(s.oid, NULL)"
        f" || {literal(f' and not {type_}')} FROM pg_catalog.pg_type AS s, pg_catalog.pg_type AS t"
        f" WHERE s.oid = {typed} AND t.oid = {literal(type_)}::regtype"
        f" AND {of} <> {to} AND t.typcategory <> 'S' AND NOT {cast.format(of, to)}"
        f" AND NOT (s.typcategory = 'A' AND t.typcategory = 'A'"
        f" AND (s.typelem = t.typelem OR {cast.format('s.typelem', 't.typelem')}))"
    )
